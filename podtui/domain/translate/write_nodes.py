"""PBS's nodes and memory: `nodes=`, `procs=`, `select=`, `mem=`, `pmem=` (pbs_resources(7B))."""

from __future__ import annotations

from podtui.domain.translate.canonical import shape
from podtui.domain.translate.dialect import OPENPBS, TORQUE
from podtui.domain.translate.sheet import Sheet
from podtui.domain.translate.spec import Basis, Chunk, Memory, Placement

_UNITS = ("b", "kb", "mb", "gb", "tb")


def pbs_size(size: int) -> str:
    """`8gb`, `1536mb`, `100b`."""
    for power in range(len(_UNITS) - 1, 0, -1):
        if size % (1 << 10 * power) == 0:
            return f"{size >> 10 * power}{_UNITS[power]}"
    return f"{size}b"


def write_layout(sheet: Sheet) -> None:
    """Nodes, cores, GPUs and memory."""
    if sheet.spec.parallel_environment:
        told = f"PBS knows no parallel environment {sheet.spec.parallel_environment}"
        sheet.changed("parallel_environment", told)
    job_wide: dict[str, int] = {}
    chunk_memory = 0
    for memory in sheet.spec.memory:
        in_chunk = _in_chunk(sheet, memory) if not chunk_memory else 0
        if in_chunk:
            chunk_memory = in_chunk
            continue
        name, size = _job_wide(sheet, memory)
        if name in job_wide:
            sheet.lost(
                "memory",
                f"{name}= is already told: {memory.size} bytes for {memory.basis.value}",
                memory.told_by,
            )
        elif name:
            job_wide[name] = size
    if sheet.dialect is TORQUE:
        _torque_nodes(sheet)
    else:
        _select(sheet, chunk_memory)
    for name, size in job_wide.items():
        sheet.option("-l", f"{name}={pbs_size(size)}")


def _in_chunk(sheet: Sheet, memory: Memory) -> int:
    """Bytes a chunk of `select`, 0 when this memory is not told there."""
    spec = sheet.spec
    if sheet.dialect is TORQUE or memory.virtual or len(spec.chunks) != 1:
        return 0
    chunk = spec.chunks[0]
    if memory.basis is Basis.NODE and spec.placement is Placement.SCATTER:
        return memory.size
    if memory.basis is Basis.JOB:
        sheet.changed(
            "memory",
            "the memory of the whole job is parted evenly among the chunks",
            memory.told_by,
        )
        return -(-memory.size // chunk.count)
    if memory.basis is Basis.SLOT and spec.placement is Placement.FREE and chunk.tasks == 1:
        return memory.size * chunk.cores
    return 0


def _job_wide(sheet: Sheet, memory: Memory) -> tuple[str, int]:
    """The resource and its bytes; the name is empty when it cannot be said."""
    whole = shape(sheet.spec)
    prefix = "v" if memory.virtual else ""
    if memory.basis is Basis.SLOT:
        if whole is None or not whole.threads:
            sheet.lost(
                "memory",
                "memory a core, with cores that do not come out even a process",
                memory.told_by,
            )
            return "", 0
        return f"p{prefix}mem", memory.size * whole.threads
    if memory.basis is Basis.PROCESS:
        return f"p{prefix}mem", memory.size
    size = memory.size
    if memory.basis is Basis.NODE:
        if whole is None or whole.nodes is None:
            sheet.lost(
                "memory",
                "memory a node, and how many nodes there will be is not told",
                memory.told_by,
            )
            return "", 0
        if whole.nodes > 1:
            told = f"memory of each node became {whole.nodes} times as much for the whole job"
            sheet.changed("memory", told, memory.told_by)
        size *= whole.nodes
    if sheet.dialect is OPENPBS and sheet.spec.chunks:
        sheet.lost(
            "memory", "OpenPBS takes no such limit of the whole job beside select=", memory.told_by
        )
        return "", 0
    return f"{prefix}mem", size


def _torque_nodes(sheet: Sheet) -> None:
    spec = sheet.spec
    if spec.exclusive:
        sheet.option("-n")
    if not spec.chunks:
        return
    first = spec.chunks[0]
    if any(chunk.tasks != chunk.cores for chunk in spec.chunks):
        told = "TORQUE counts every core as a process: set threads and processes in the script"
        sheet.changed("chunks", told)
    if any(chunk.memory for chunk in spec.chunks):
        sheet.changed("chunks", "memory of the single pieces is left out")
    if any(chunk.gpu_type for chunk in spec.chunks):
        sheet.changed("chunks", "TORQUE takes GPUs of any type")
    if spec.placement is Placement.FREE:
        plain = len(spec.chunks) == 1 and first.cores == 1 and not first.gpus
        if plain and not first.features:
            sheet.option("-l", f"procs={first.count}")
            return
        sheet.changed("chunks", "each piece has a node of its own now")
    parts = [_torque_chunk(chunk) for chunk in spec.chunks]
    sheet.option("-l", f"nodes={'+'.join(parts)}")


def _torque_chunk(chunk: Chunk) -> str:
    gpus = (f"gpus={chunk.gpus}",) if chunk.gpus else ()
    return ":".join((str(chunk.count), f"ppn={chunk.cores}", *gpus, *chunk.features))


def _select(sheet: Sheet, memory: int) -> None:
    spec = sheet.spec
    if any(chunk.features for chunk in spec.chunks):
        words = sorted({word for chunk in spec.chunks for word in chunk.features})
        told = f"properties of nodes ({', '.join(words)}) are resources of the site's own there"
        sheet.changed("chunks", told)
    if any(chunk.gpu_type for chunk in spec.chunks):
        sheet.changed("chunks", "OpenPBS takes GPUs of any type")
    if spec.chunks:
        parts = [_select_chunk(chunk, memory or chunk.memory) for chunk in spec.chunks]
        sheet.option("-l", f"select={'+'.join(parts)}")
    several = len(spec.chunks) > 1 or any(chunk.count > 1 for chunk in spec.chunks)
    words = ["scatter"] if several and spec.placement is Placement.SCATTER else []
    if spec.exclusive:
        words.append("excl")
    if words:
        sheet.option("-l", f"place={':'.join(words)}")


def _select_chunk(chunk: Chunk, memory: int) -> str:
    gpus = (f"ngpus={chunk.gpus}",) if chunk.gpus else ()
    mem = (f"mem={pbs_size(memory)}",) if memory else ()
    parts = (f"ncpus={chunk.cores}", f"mpiprocs={chunk.tasks}", *gpus, *mem)
    return ":".join((str(chunk.count), *parts))
