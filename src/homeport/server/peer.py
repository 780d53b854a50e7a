"""Who is at the other end of a unix socket."""

import socket
import struct

_LOCAL_PEERCRED = 1  # <sys/un.h> of macOS and the BSDs; Python has no name for it


def peer_uid(connection: socket.socket) -> int:
    """Return the user id of the process that connected. Raises OSError when the system does not tell."""
    if hasattr(socket, "SO_PEERCRED"):  # Linux
        size = struct.calcsize("3i")
        _pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return int(uid)
    # struct xucred { u_int version; uid_t uid; short ngroups; gid_t groups[16]; }
    found = connection.getsockopt(0, _LOCAL_PEERCRED, 76)
    _version, uid = struct.unpack_from("2I", found)
    return int(uid)
