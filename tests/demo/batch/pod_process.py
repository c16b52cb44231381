"""An engine in a process of its own, for tests that kill it: `pod_process.py FOLDER`.

It says `up`, then submits what appears in FOLDER/in: one script a file, removed when taken.
"""

import asyncio
import sys
from pathlib import Path

from podtui.demo.batch.engine import Engine
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.queue import Queue


async def main() -> None:
    folder = Path(sys.argv[1])
    owner = Owner("penguin", "zoo", folder / "home")
    engine = Engine(folder / "engine", queues=(Queue("M40", 12, 48),), slots=4, first_id=22783)
    await engine.start()
    sys.stdout.write("up\n")
    sys.stdout.flush()
    while True:
        for script in sorted((folder / "in").iterdir()):
            await engine.submit(owner, script, dialect="TRQ", workdir=owner.home)
            script.unlink()
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main())
