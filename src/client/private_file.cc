// client: private files on POSIX.
#include "client/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/format.h"
#include "io/descriptor.h"

namespace tollhouse::client {
namespace {

namespace fs = std::filesystem;

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool is_private(const struct stat& found) {
  constexpr mode_t kOfOthers = S_IRWXG | S_IRWXO;
  return S_ISREG(found.st_mode) && found.st_uid == ::geteuid() && (found.st_mode & kOfOthers) == 0;
}

}  // namespace

bool make_private_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return false;
  fs::permissions(folder, fs::perms::owner_all, error);
  return !error;
}

bool write_private(const fs::path& file, std::string_view text) {
  // Of one process only: two of them write two files, and the later one stands.
  const std::string beside = fmt::format("{}.{}", file.native(), ::getpid());
  bool written = false;
  {
    const io::Descriptor made(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    written = made.open() && ::fchmod(made.number(), 0600) == 0 && write_all(made.number(), text) &&
              ::fsync(made.number()) == 0;
  }
  std::error_code error;
  if (written) fs::rename(beside, file, error);
  if (written && !error) return true;
  fs::remove(beside, error);
  return false;
}

std::optional<std::string> read_private(const fs::path& file, std::size_t most) {
  const io::Descriptor found(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!found.open() || ::fstat(found.number(), &status) != 0 || !is_private(status)) {
    return std::nullopt;
  }
  std::string text(most + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(found.number(), text.data() + size, text.size() - size);
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > most) return std::nullopt;
  text.resize(size);
  return text;
}

}  // namespace tollhouse::client
