import numpy as np

from hw3.nn.arrays import Parameters


def test_parameters_are_views_of_one_vector_weights_first():
    params = Parameters.zeros((3, 2, 4), "float32")
    params.vector[:] = np.arange(params.vector.size)
    assert [w.shape for w in params.weights] == [(3, 2), (2, 4)]
    assert [b.shape for b in params.biases] == [(2,), (4,)]
    np.testing.assert_array_equal(params.weights[1], [[6, 7, 8, 9], [10, 11, 12, 13]])
    np.testing.assert_array_equal(params.biases[1], [16, 17, 18, 19])
    assert params.weight_vector.size == 14
