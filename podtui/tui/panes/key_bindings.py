"""The keys of the Keys pane, and what its help says."""

from __future__ import annotations

from textual.binding import Binding, BindingType

HELP = """\
# Keys

Above, the SSH key pairs of **this machine**; ✓ marks those the cluster accepts. Below, the keys
that may log in on **the cluster**. Compare them by their SHA256 fingerprints, or by their pictures
(`f`). Weak keys (DSA, RSA under 2048 bits, certificates signed with SHA-1) and files open to others
are marked ▲.

`n` makes a new pair, `p` puts the public half of the pair under the cursor on the cluster, `o` puts
on a public key that you paste or that is in a file, `x` takes one off. On a pod these are the keys
of the account; on an SSH host, lines of `~/.ssh/authorized_keys`, where no other line is touched. A
private key is never sent: podtui refuses it.

`t` logs in anew with the key under the cursor **alone** and says whether that works. `R` rotates
it: a new key is made, put on wherever the old one is, proved by a login, and only then the old one
is taken off. You see each step before it is done, can leave at any, and `R` takes it up again.

`a` puts the key into the SSH agent for as long as you say, or takes it out. `P` changes what locks
it, `c` its comment, `m` closes its file to others, `D` removes it from this machine.

`k` shows the known hosts. `y` copies the public line of the key under the cursor, `Y` its
fingerprint.
"""
BINDINGS: list[BindingType] = [
    Binding("n", "generate", "New key", id="keys.generate", tooltip="Make a new key pair"),
    Binding(
        "p",
        "put_on",
        "Put on",
        id="keys.put_on",
        tooltip="Let the key under the cursor log in on the cluster",
    ),
    Binding(
        "o",
        "put_other",
        "Other key",
        id="keys.put_other",
        tooltip="Put on a public key that you paste, or that is in a file",
    ),
    Binding(
        "x,delete",
        "take_off",
        "Take off",
        id="keys.take_off",
        tooltip="Take the key under the cursor off the cluster, after asking",
    ),
    Binding(
        "t",
        "pair('test')",
        "Test",
        id="keys.test",
        tooltip="Log in to the cluster with this key alone, and say whether it works",
    ),
    Binding(
        "R",
        "pair('rotate')",
        "Rotate",
        id="keys.rotate",
        tooltip="Replace this key by a new one wherever it is on",
    ),
    Binding(
        "a",
        "pair('agent')",
        "Agent",
        show=False,
        id="keys.agent",
        tooltip="Put this key into the SSH agent, or take it out",
    ),
    Binding(
        "P",
        "pair('passphrase')",
        "Passphrase",
        show=False,
        id="keys.passphrase",
        tooltip="Change what locks this key",
    ),
    Binding(
        "c",
        "pair('comment')",
        "Comment",
        show=False,
        id="keys.comment",
        tooltip="Give this key another comment",
    ),
    Binding(
        "m",
        "pair('mend')",
        "Close to others",
        show=False,
        id="keys.mend",
        tooltip="Let nobody else read this private key",
    ),
    Binding(
        "D",
        "pair('delete')",
        "Delete",
        show=False,
        id="keys.delete",
        tooltip="Remove this pair from this machine, after asking twice",
    ),
    Binding(
        "f",
        "picture",
        "Picture",
        show=False,
        id="keys.picture",
        tooltip="Draw the fingerprint of the key under the cursor",
    ),
    Binding(
        "k",
        "known_hosts",
        "Known hosts",
        show=False,
        id="keys.known_hosts",
        tooltip="The hosts whose keys are known",
    ),
    Binding(
        "g",
        "reread",
        "Refresh",
        show=False,
        id="keys.refresh",
        tooltip="Read all keys anew",
    ),
    Binding(
        "y",
        "copy('line')",
        "Copy",
        show=False,
        id="keys.copy",
        tooltip="Copy the public line of the key under the cursor",
    ),
    Binding(
        "Y",
        "copy('fingerprint')",
        "Copy fingerprint",
        show=False,
        id="keys.copy_fingerprint",
        tooltip="Copy the fingerprint of the key under the cursor",
    ),
]
