"""A trace for human eyes."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.text import Text

from flows.tables import tabled

STYLES = {"wrong": "red", "turn": "bold yellow", "right": "green"}
MARKS = {"pass": "green", "fail": "red", "undecided": "yellow"}


def show_trace(told: dict[str, Any], console: Console) -> None:
    """Question, completion with its spans in colour, verdicts that count."""
    row = told["trace"]
    console.print(headline(row), style="bold")
    for message in row["messages"]:
        console.print(Text(f"\n{message['role']}", style="dim"))
        console.print(Text(message["content"]))
    console.print(Text("\nassistant", style="dim"))
    text = Text(row["completion"])
    for span in row["spans"] or []:
        text.stylize(STYLES.get(span["label"], "cyan"), span["start"], span["end"])
    console.print(text)
    if row["spans"]:
        console.print(
            Text(
                "\n" + ", ".join(f"{span['label']} {span['start']} to {span['end']}" for span in row["spans"]),
                style="dim",
            )
        )
    console.print()
    for verdict in told["verdicts"]:
        if verdict["counts"]:
            says = json.loads(verdict["detail"] or "{}").get("says", "")
            line = f"{verdict['check_name']}: {verdict['outcome']} {verdict['reason'] or ''} {says}"
            console.print(Text(line.rstrip(), style=MARKS[verdict["outcome"]]))


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
