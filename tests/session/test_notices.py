"""Sentences about the house itself."""

from homeport.session.notices import Notices


def test_news_about_one_thing_take_each_others_place() -> None:
    """What is told about one thing is one sentence, the latest; everything else stays."""
    notices = Notices(["first"])
    notices.say("cannot be written", about="logs of api")
    notices.say("other")
    notices.say("can be written again", about="logs of api")
    assert notices.all() == ("first", "other", "can be written again")
