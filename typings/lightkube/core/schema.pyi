# What homeport.render.schema gives to lightkube's models, as a type checker sees it.
from dataclasses import dataclass as dataclass
from dataclasses import field as field

class DictMixin: ...
