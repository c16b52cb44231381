"""The README's table of systems is what the code offers."""

from podtui.config.keys import KINDS
from tests.docs.systems import SYSTEMS, in_readme, table


def test_the_readmes_table_is_the_codes():
    assert in_readme() == table(), "run `make systems`"


def test_every_kind_of_cluster_is_in_it():
    assert set(SYSTEMS) == set(KINDS)
