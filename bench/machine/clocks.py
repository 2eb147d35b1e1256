"""The CPUs' clock, and what may change it."""

from collections.abc import Iterator

from bench.machine.condition import Finding, doubtful, fine, unknown
from bench.machine.files import MachineFiles
from bench.machine.sample import CPU
from bench.machine.survey import Survey

WATCH = "the host may decide: watch whether the sentinel moves"
TURBO_SWITCHES = (("intel_pstate/no_turbo", 1), ("cpufreq/boost", 0))  # and what means off


def clock(survey: Survey) -> Finding:
    """Whether the clock can be read, and whether governor, turbo or a cap may change it."""
    paths = {cpu: f"{CPU}/cpu{cpu}/cpufreq/scaling_cur_freq" for cpu in survey.cpus}
    rates = {cpu: survey.machine.number(path) for cpu, path in paths.items()}
    if not all(rates.values()):
        return unknown("no cpufreq, so a change cannot be seen", WATCH)
    now = ", ".join(f"{_ghz(khz or 0)} on CPU {cpu}" for cpu, khz in rates.items())
    causes = dict(_causes(survey.machine, survey.cpus))
    if not causes:
        return fine(now)
    advice = f"turns alternate, so ratios hold; for stable times: {'; '.join(causes.values())}"
    return doubtful(f"{now}, may change: {', '.join(causes)}", advice)


def _causes(machine: MachineFiles, cpus: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """What may change the clock, and the command that stops it."""
    for cpu in cpus:
        here = f"{CPU}/cpu{cpu}/cpufreq"
        governor = machine.read(f"{here}/scaling_governor")
        if governor and governor != "performance":
            yield f"governor {governor}", "sudo cpupower frequency-set -g performance"
        cap, able = (machine.number(f"{here}/{key}_max_freq") for key in ("scaling", "cpuinfo"))
        if cap and able and cap < able:
            cause = f"capped at {_ghz(cap)} of {_ghz(able)}"
            yield cause, f"sudo cpupower frequency-set -u {able}"
    for path, off in TURBO_SWITCHES:
        if machine.number(f"{CPU}/{path}") == 1 - off:
            yield "turbo", f"echo {off} | sudo tee /{CPU}/{path}"


def _ghz(khz: int) -> str:
    return f"{khz / 1e6:.2f} GHz"
