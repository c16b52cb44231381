"""One outside system each; its errors become PodErrors here."""
