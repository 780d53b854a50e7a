"""What ``ci --report`` writes: JUnit for machines that show tests, JSON for everything else."""

import os
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from homeport.cli.screen.text import clean
from homeport.cli.trial import Phase, Verdict
from homeport.model.running import RUNNING

_OUTCOMES = {"ready", "completed"}


def document(
    verdict: Verdict,
    ways: Mapping[str, Sequence[Phase]],
    dump: Mapping[str, Any],
    *,
    seconds: float,
    command: Sequence[str] | None,
    code: int,
) -> dict[str, Any]:
    """Return the JSON report: verdict, and of each node its state, hold, way and last lines."""
    frame = dump["frame"]
    tails = dump.get("tails", {})
    holds = dump.get("holds", {})
    return {
        "stack": frame["stack"],
        "instance": frame["instance"],
        "outcome": verdict.outcome,
        "sentence": verdict.sentence,
        "cause": verdict.cause,
        "seconds": round(seconds, 3),
        "command": list(command) if command else None,
        "exit": code,
        "nodes": [
            {
                **node,
                "way": [{"state": phase.state, "at": round(phase.at, 3)} for phase in ways.get(node["name"], ())],
                "holds": holds.get(node["name"], []),
                "lines": tails.get(node["name"], []),
            }
            for node in frame["nodes"]
        ],
    }


def unopened(file: str, said: str, *, sentence: str, command: Sequence[str] | None, code: int) -> dict[str, Any]:
    """Return the JSON report of a house that did not open: ``said`` is what people are told of it."""
    frame = {"stack": "", "instance": "", "nodes": []}
    verdict = Verdict("failed", sentence)
    return {
        **document(verdict, {}, {"frame": frame}, seconds=0.0, command=command, code=code),
        "file": file,
        "error": said,
    }


def junit(report: Mapping[str, Any]) -> bytes:
    """Return the JUnit report: a test for each service and task, and one for the command."""
    nodes = [node for node in report["nodes"] if node["type"] in RUNNING and node["state"] != "disabled"]
    suite = ET.Element("testsuite", name=report["instance"] or "homeport", time=f"{report['seconds']:.3f}")
    failures = skipped = 0
    if "error" in report:
        failures = 1
        case = ET.SubElement(suite, "testcase", classname="homeport", name=report["file"])
        ET.SubElement(case, "failure", message=clean(report["sentence"], colour=False)).text = clean(
            report["error"], colour=False
        )
    for node in nodes:
        way = node["way"]
        case = ET.SubElement(suite, "testcase", classname=report["stack"], name=node["name"])
        case.set("time", f"{way[-1]['at'] - way[0]['at'] if way else 0.0:.3f}")
        if node["state"] not in _OUTCOMES:
            said = f"{node['state']}: {node['detail']}" if node.get("detail") else node["state"]
            if _is_blamed(node, report):
                failures += 1
                ET.SubElement(case, "failure", message=said).text = _lines(node)
            else:
                skipped += 1
                ET.SubElement(case, "skipped", message=said)
        ET.SubElement(case, "system-out").text = _lines(node)
    if report["command"]:
        case = ET.SubElement(suite, "testcase", classname=report["stack"], name=" ".join(report["command"]))
        if report["outcome"] != "passed":
            skipped += 1
            ET.SubElement(case, "skipped", message=f"not run: {report['sentence']}")
        elif report["exit"]:
            failures += 1
            ET.SubElement(case, "failure", message=f"exit code {report['exit']}")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("skipped", str(skipped))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    text: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _is_blamed(node: Mapping[str, Any], report: Mapping[str, Any]) -> bool:
    """Whether a node failed, rather than waiting for one that did, or having no reason to run."""
    if node["state"] == "stopped" or (node.get("manual") and node["type"] == "task"):
        return False
    return node["state"] in ("failed", "unready") or node["name"] == report["cause"] or report["outcome"] == "timeout"


def write(folder: str, report: Mapping[str, Any]) -> tuple[str, str]:
    """Write both reports into a folder, made when absent; return their paths."""
    os.makedirs(folder, exist_ok=True)
    paths = os.path.join(folder, "homeport.xml"), os.path.join(folder, "homeport.json")
    for path, data in zip(
        paths, (junit(report), msgspec.json.format(msgspec.json.encode(report)) + b"\n"), strict=True
    ):
        with open(path, "wb") as file:
            file.write(data)
    return paths


def _lines(node: Mapping[str, Any]) -> str:
    texts = [line["text"] for line in node["lines"]] or list(node.get("tail", ()))
    return "\n".join(clean(text, colour=False) for text in texts)
