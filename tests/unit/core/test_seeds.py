from hw3.core.seeds import stream


def test_streams_are_reproducible_and_independent():
    def draw(*args):
        return stream(*args).integers(0, 2**60, 4).tolist()

    assert draw(0, "order", 3) == draw(0, "order", 3)
    different = [(0, "order", 3), (0, "order", 4), (1, "order", 3), (0, "dropout", 3), (0, "init")]
    assert len({tuple(draw(*args)) for args in different}) == len(different)
