// cli: reading and writing lines.
#include "cli/stdio_lines.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace tollhouse::cli {

LineReader::LineReader(int descriptor)
    : descriptor_(descriptor), stopped_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void LineReader::stop() const {
  const std::uint64_t one = 1;
  // The counter is full only where it was told already.
  static_cast<void>(::write(stopped_.number(), &one, sizeof one) < 0);
}

/// Waits for bytes; false where none will come.
bool LineReader::fill() {
  std::array<pollfd, 2> watched{{{descriptor_, POLLIN, 0}, {stopped_.number(), POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  if (watched[1].revents != 0) {
    buffer_.clear();  // half a line is none
    return false;
  }
  std::array<char, 64 * 1024> piece;
  const ssize_t got = ::read(descriptor_, piece.data(), piece.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

LineReader::Got LineReader::next(std::string& line) {
  while (true) {
    const std::size_t end = buffer_.find('\n', looked_);
    if (end != std::string::npos || (ended_ && !buffer_.empty())) {
      const std::size_t size = std::min(end, buffer_.size());
      line.assign(buffer_, 0, size);
      buffer_.erase(0, std::min(size + 1, buffer_.size()));
      looked_ = 0;
      if (line.ends_with('\r')) line.pop_back();
      const bool too_long = skipping_ || line.size() > kLineBytesMax;
      skipping_ = false;
      return too_long ? Got::too_long : Got::line;
    }
    if (ended_) return Got::end;
    looked_ = buffer_.size();
    if (looked_ > kLineBytesMax) {
      skipping_ = true;
      buffer_.clear();
      looked_ = 0;
    }
    ended_ = !fill();
  }
}

bool LineWriter::write(std::string_view message) {
  const std::lock_guard lock(mutex_);
  std::string line(message);
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty() && !broken_) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    broken_ = written <= 0;
    if (!broken_) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return !broken_;
}

}  // namespace tollhouse::cli
