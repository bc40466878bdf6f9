"""A trace for human eyes."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.tables import tabled

STYLES = {"wrong": "red", "turn": "bold yellow", "right": "green"}
MARKS = {"pass": "green", "fail": "red", "undecided": "yellow"}


def show_trace(told: dict[str, Any], console: Console) -> None:
    """Question, the completion step by step with its spans in colour and what steps are worth, verdicts that count."""
    row, steps = told["trace"], told["steps"]
    console.print(headline(row), style="bold")
    for message in row["messages"]:
        console.print(Text(f"\n{message['role']}", style="dim"))
        console.print(Text(message["content"]))
    console.print(Text("\nassistant", style="dim"))
    text = Text(row["completion"])
    for span in row["spans"] or []:
        text.stylize(STYLES.get(span["label"], "cyan"), span["start"], span["end"])
    written = [step for step in steps if step["step"]]
    begin, end = (written[0]["start"], written[-1]["end"]) if written else (0, 0)
    if before := row["completion"][:begin].rstrip():
        console.print(text[: len(before)])
    if steps:
        console.print(stepwise(text, steps))
    if after := row["completion"][end:].strip("\n"):
        console.print(text[row["completion"].index(after, end) :])
    if row["spans"]:
        spans = ", ".join(f"{span['label']} {span['start']} to {span['end']}" for span in row["spans"])
        console.print(Text(f"\n{spans}", style="dim"))
    if any(step.get("outcome") for step in steps):
        console.print(Text(f"\n{VALUES}", style="dim"))
    console.print()
    for verdict in told["verdicts"]:
        if verdict["counts"] and verdict["step"] is None:
            detail = json.loads(verdict["detail"] or "{}")
            where = f"at step {detail['step']}: " if detail.get("step") else ""
            says = f"{where}{detail.get('says', '')}"
            line = f"{verdict['check_name']}: {verdict['outcome']} {verdict['reason'] or ''} {says}"
            console.print(Text(line.rstrip(), style=MARKS[verdict["outcome"]]))


VALUES = (
    "Right: how many went on from the end of a step and came to a right answer, with the 95% interval of their share."
)


def stepwise(text: Text, steps: list[dict[str, Any]]) -> Table:
    """The steps of a completion, numbered: beside each the spans that it is in, and what it is worth."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim")
    marked = any(step["spans"] for step in steps)
    valued = any(step.get("outcome") for step in steps)
    if marked:
        table.add_column()
    table.add_column(overflow="fold")
    if valued:
        table.add_column(no_wrap=True)
    end = steps[0]["end"]
    for step in steps:
        if step["step"] and text.plain.count("\n", end, step["start"]) > 1:
            table.add_row()
        end = step["end"]
        labels = list(dict.fromkeys(step["spans"]))
        cells = [Text(str(step["step"]))]
        cells += [Text(", ", style="dim").join(Text(one, style=STYLES.get(one, "cyan")) for one in labels)] * marked
        cells += [text[step["start"] : step["end"]] if step["step"] else Text("the question", style="dim")]
        cells += [worth(step)] * valued
        table.add_row(*cells)
    return table


def worth(step: dict[str, Any]) -> Text:
    """How many came right from the end of a step on."""
    if step.get("value") is None:
        return Text("undecided" if step.get("outcome") else "", style=MARKS["undecided"])
    right = round(step["value"] * step["n"])
    told = Text(f"{right} of {step['n']}", style=MARKS[step["outcome"]])
    told.append(f" [{step['low']:.2f}, {step['high']:.2f}]", style="dim")
    return told.append(", the first wrong step", style=STYLES["wrong"]) if step["first_wrong"] else told


def explain_trace(told: dict[str, Any], console: Console) -> None:
    """From the releases a row is in, back to the problem it came from."""
    row, problem = told["trace"], told["problem"]
    console.print(headline(row), style="bold")
    chosen = [
        {
            "release": one["release_id"],
            "kept": "yes" if one["kept"] else "no",
            "rank": one["rank"],
            "reason": one["reason"] or "chosen by the policy",
        }
        for one in told["selections"]
    ]
    console.print(tabled("Releases", chosen) if chosen else "In no release, and no release has considered it.")
    verdicts = [
        {
            "check": one["check_name"],
            "step": one["step"],
            "version": one["version"],
            "outcome": one["outcome"],
            "reason": one["reason"],
            "says": json.loads(one["detail"] or "{}").get("says"),
            "key": one["key_id"],
            "when": f"{one['created_at']:%Y-%m-%d %H:%M:%S}",
            "counts": "yes" if one["counts"] else "no, superseded",
        }
        for one in told["verdicts"]
    ]
    console.print(tabled("Verdicts", verdicts) if verdicts else "Never judged.")
    if told["parents"]:
        console.print(
            tabled(
                "Parents",
                [
                    {
                        "role": one["role"],
                        "trace": one["trace_id"],
                        "kind": one["kind"],
                        "model": one["model"],
                        "correct": one["correct"],
                    }
                    for one in told["parents"]
                ],
            )
        )
    if told["children"]:
        console.print(tabled("Children", told["children"]))
    if problem:
        console.print(f"\nProblem {problem['problem_id']} from {problem['source']} ({problem['split']}):", style="bold")
        console.print(Text(problem["prompt"]))
    keys = [
        {
            "key": one["key_id"],
            "answers": " | ".join(one["answers"]),
            "verifier": one["verifier"],
            "since": f"{one['created_at']:%Y-%m-%d %H:%M:%S}",
            "current": "yes" if one["current"] else "no",
        }
        for one in told["answer_keys"]
    ]
    console.print(tabled("Answer keys", keys) if keys else "No answer key.")
    for one in told["quarantined"]:
        console.print(
            f"Quarantined, so that nothing of this problem counts: {one['says'] or one['reason']}", soft_wrap=True
        )
    console.print(
        f"\nSampling: model {row['model']} ({row['weights']}) on {row['engine']}, style {row['prompt_style']}, "
        f"strategy {row['strategy']}, sample {row['sample_index']}, seed {row['seed']}, {row['sampling']}; "
        f"{row['prompt_tokens']} + {row['completion_tokens']} tokens, ended by {row['finish_reason']}, "
        f"run {row['run_id']}",
        soft_wrap=True,
    )


def headline(row: dict[str, Any]) -> str:
    return f"{row['trace_id']}: {row['kind']} by {row['model']}"
