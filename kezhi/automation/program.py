"""A definition as a list of instructions, so that a run that waits knows by one number where it goes on."""

from dataclasses import dataclass

from kezhi.automation.definition import Branch, Definition, Do, Part, Stop, Wait
from kezhi.core.conditions import Condition


@dataclass(frozen=True, slots=True)
class Jump:
    """Go on there."""

    to: int


@dataclass(frozen=True, slots=True)
class Test:
    """Go on with the next instruction where the condition holds, else there."""

    condition: Condition
    otherwise: int


Instruction = Do | Wait | Stop | Test | Jump


def compile_program(definition: Definition) -> tuple[Instruction, ...]:
    """The instructions of a definition; a position behind the last one means that the run is done."""
    program: list[Instruction] = []
    _append(definition.parts, program)
    return tuple(program)


def _append(parts: tuple[Part, ...], program: list[Instruction]) -> None:
    for part in parts:
        if not isinstance(part, Branch):
            program.append(part)
            continue
        test_at = len(program)
        program.append(Stop())  # replaced below, when the length of the branch is known
        _append(part.then, program)
        jump_at = len(program)
        if part.otherwise:
            program.append(Stop())
        program[test_at] = Test(part.condition, len(program))
        if part.otherwise:
            _append(part.otherwise, program)
            program[jump_at] = Jump(len(program))
