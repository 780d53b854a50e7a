"""Batches of saves end in any order, and a save counts only with all before it."""

from homeport.work.cluster.batches import Order


def test_a_save_is_done_when_all_before_it_are() -> None:
    """A later batch that ends first says nothing; the earlier one then says both."""
    order = Order()
    large, small = order.begin(1), order.begin(2)
    assert order.end(small) is None
    assert order.end(large) == 2


def test_each_batch_tells_its_saves_when_none_is_before_it() -> None:
    """What comes later holds nobody up."""
    order = Order()
    first, second = order.begin(1), order.begin(2)
    assert order.end(first) == 1
    assert order.end(second) == 2


def test_nothing_is_whole_after_a_failure_until_a_new_batch() -> None:
    """What was under way beside a batch that failed makes nothing whole; one that begins later knows what is missing."""
    order = Order()
    failing, beside = order.begin(1), order.begin(2)
    order.fail(failing)
    assert order.end(beside) is None
    assert order.end(order.begin(2)) == 2
