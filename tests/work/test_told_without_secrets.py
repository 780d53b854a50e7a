"""What workers report is seen on screens and in reports: it holds no secret."""

from workshop import Workshop, in_workshop, probe_job

from homeport.model.nodes import Secret, Source
from homeport.model.parts import CommandProbe, Exec, Where
from homeport.ports.fakes.runtime import Program, Say
from homeport.ports.runtime import Exit
from homeport.work.probing import probe_run

KEY = Secret("key", Where("stack.py", 1), {"value": Source(environ="KEY")})


def test_the_complaint_of_a_probing_command_is_masked() -> None:
    """A probe that prints what it was given does not carry the secret onto a screen."""
    shop = Workshop()
    shop.vault.load(KEY, "1")
    shop.runtime.programs["api"] = Program(
        says=(Say(b"cannot log in with s3cr3t-value\n"),), lives=0.01, ends=Exit(code=1)
    )
    in_workshop(shop, probe_run(probe_job(ready=CommandProbe(Exec(("check",)))), shop.outside, shop), cancel=[1.5])
    assert {reason for _, _, reason in shop.healths()} == {
        "the probe ended with exit code 1: cannot log in with [secret]"
    }


def test_a_secret_across_the_end_of_what_is_kept_is_masked() -> None:
    """However long the last line of a probe is, no piece of a secret is shown."""
    shop = Workshop()
    shop.vault.load(KEY, "1")
    long = b"s3cr3t-value" + b"." * 395 + b"\n"
    shop.runtime.programs["api"] = Program(says=(Say(long),), lives=0.01, ends=Exit(code=1))
    in_workshop(shop, probe_run(probe_job(ready=CommandProbe(Exec(("check",)))), shop.outside, shop), cancel=[1.5])
    reasons = [reason for _, _, reason in shop.healths()]
    assert reasons
    assert not any("value" in reason for reason in reasons)
