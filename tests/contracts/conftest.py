"""Suites that several files ask for say what failed as tests do."""

import pytest

pytest.register_assert_rewrite("endings")
