"""The bugs by number, as public solutions of the assignment really have them."""

from hw3.programs.verdict import Bug

AVERAGED_TWICE = Bug(1, "the gradient is averaged over the batch twice")
NOT_UPDATED = Bug(2, "the output layer is never updated")
AT_ACTIVATION = Bug(3, "an activation's derivative is taken at the activation")
SUMMED = Bug(4, "an activation's derivative is summed over the batch")
WRONG_SLOPE = Bug(5, "ReLU' is wrong: always 1, overwritten in place, or random at 0")
NOT_RESET = Bug(6, "gradients start from something other than zero, or are never reset")
SLICES = Bug(7, "mini-batches are cut at the number of the batch")
DECAY = Bug(8, "the rate is not halved twice, between epochs, in every layer")
TEST_USED = Bug(9, "the test set is measured while training, or chosen on")
SPLIT = Bug(10, "training and validation overlap, or a row is dropped")
FINAL = Bug(11, "the final run uses fewer rows, a warm start or another rate; or best is a maximum")
DROPOUT = Bug(12, "dropout is live at evaluation")
PENALTY = Bug(13, "L2 is on the norm, on biases too, or accepted and unused")
CONFUSION = Bug(14, "the confusion matrix has another total, swapped arguments, or wrong reading")
BROADCAST = Bug(15, "(n, 1) against (n,) becomes (n, n) in silence")
SOFTMAX = Bug(16, "softmax overflows, or is normalised over the whole matrix")
OTHER_LOSS = Bug(17, "the loss reported is not the loss differentiated")
FIRST_WEIGHTS = Bug(18, "the first weights have the variance of fan_out, or are equal")
RELOADED = Bug(19, "a net is reloaded as another")
ROWS = Bug(20, "rows are not shuffled, the batch size is fixed, or data files are opened to write")
