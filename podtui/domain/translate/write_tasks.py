"""Slurm's nodes and memory: `-N`, `--ntasks-per-node`, `-c`, `--mem`, `--mem-per-cpu`."""

from __future__ import annotations

from podtui.domain.translate.canonical import shape
from podtui.domain.translate.sheet import Sheet
from podtui.domain.translate.spec import Basis, Chunk, Memory, Placement

_UNITS = "KMGT"


def write_layout(sheet: Sheet) -> None:
    """Nodes, tasks, cores a task and GPUs."""
    spec = sheet.spec
    if spec.exclusive:
        sheet.option("--exclusive")
    if spec.parallel_environment:
        told = f"Slurm knows no parallel environment {spec.parallel_environment}"
        sheet.changed("parallel_environment", told)
    if len(spec.chunks) > 1:
        told = "nodes that differ: Slurm wants a heterogeneous job, with `#SBATCH hetjob` between"
        sheet.lost("chunks", told)
        return
    for chunk in spec.chunks:
        _chunk(sheet, chunk)
        if chunk.features:
            sheet.option("--constraint", "&".join(chunk.features))


def _chunk(sheet: Sheet, chunk: Chunk) -> None:
    free = sheet.spec.placement is Placement.FREE
    if free and chunk.tasks > 1:
        sheet.changed("chunks", "each piece has a node of its own now")
        free = False
    gpus = f"{chunk.gpu_type}:{chunk.gpus}" if chunk.gpu_type else str(chunk.gpus)
    if free:
        sheet.option("--ntasks", str(chunk.count))
    else:
        sheet.option("--nodes", str(chunk.count))
        sheet.option("--ntasks-per-node", str(chunk.tasks))
    threads = -(-chunk.cores // chunk.tasks)
    if threads * chunk.tasks != chunk.cores:
        told = f"{chunk.cores} cores for {chunk.tasks} processes became {threads} cores for each"
        sheet.changed("chunks", told)
    if threads > 1:
        sheet.option("--cpus-per-task", str(threads))
    if chunk.gpus:
        sheet.option("--gpus-per-task" if free else "--gpus-per-node", gpus)


def write_memory(sheet: Sheet) -> None:
    """`--mem` counts a node, `--mem-per-cpu` a core; Slurm takes one of them."""
    told: list[Memory] = []
    for memory in sheet.spec.memory:
        if told:
            what = "of the address space " if memory.virtual else ""
            sheet.lost(
                "memory",
                f"the limit {what}for {memory.basis.value}: Slurm takes one limit",
                memory.told_by,
            )
            continue
        found = _converted(sheet, memory)
        if found is None:
            continue
        told.append(memory)
        flag, size = found
        kibibytes = -(-size // 1024)
        if kibibytes * 1024 != size:
            sheet.changed(
                "memory", f"{size} bytes are rounded up to whole kibibytes", memory.told_by
            )
        sheet.option(flag, _size(kibibytes))
        if memory.virtual:
            sheet.changed(
                "memory",
                "it limited the address space; Slurm limits what is in memory",
                memory.told_by,
            )


def _converted(sheet: Sheet, memory: Memory) -> tuple[str, int] | None:
    whole = shape(sheet.spec)
    if memory.basis is Basis.NODE:
        return "--mem", memory.size
    if memory.basis is Basis.SLOT:
        return "--mem-per-cpu", memory.size
    if whole is None:
        sheet.lost("memory", "the pieces of the job differ", memory.told_by)
        return None
    if memory.basis is Basis.PROCESS:
        sheet.changed(
            "memory", "memory of each process is parted evenly among its cores", memory.told_by
        )
        return "--mem-per-cpu", -(-memory.size * whole.tasks // whole.cores)
    if whole.nodes is None:
        sheet.changed(
            "memory", "memory of the whole job is parted evenly among its cores", memory.told_by
        )
        return "--mem-per-cpu", -(-memory.size // whole.cores)
    told = f"memory of the whole job is parted evenly among its {whole.nodes} nodes"
    sheet.changed("memory", told, memory.told_by)
    return "--mem", -(-memory.size // whole.nodes)


def _size(kibibytes: int) -> str:
    power = 0
    while power < len(_UNITS) - 1 and kibibytes % 1024 == 0:
        kibibytes, power = kibibytes // 1024, power + 1
    return f"{kibibytes}{_UNITS[power]}"
