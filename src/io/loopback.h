// io: what pays on sockets that never leave this machine. For files of io/ only.
#pragma once

namespace tollhouse::io {

/// Takes TCP's plainest congestion control for a socket to loopback: there is no congestion, and a
/// pacing one (BBR) arms a timer for each write. Where the kernel refuses, all stays as it was.
/// Before connect(2), or on a listener whose accepted sockets inherit it.
void unpace(int socket);

}  // namespace tollhouse::io
