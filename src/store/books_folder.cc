// store: the folder of the books.
#include "store/books_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace tollhouse::store {

using ledger::Fault;

namespace {

constexpr mode_t kOthers = 077;

enum class Access : std::uint8_t { missing, own, shared };

Access access_of(const std::filesystem::path& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return Access::missing;
  return (found.st_mode & kOthers) == 0 ? Access::own : Access::shared;
}

Fault fault_of_errno(int error) {
  if (error == ENOSPC || error == EDQUOT) return Fault::disk_full;
  return error == EIO ? Fault::io_error : Fault::unreachable;
}

bool sync_folder(const std::filesystem::path& folder) {
  const FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return handle.open() && fsync(handle.get()) == 0;
}

}  // namespace

FileHandle::~FileHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::monostate, Fault> prepare_folder(const std::filesystem::path& data_dir) {
  if (mkdir(data_dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return refuse(fault_of_errno(errno));
  }
  switch (access_of(data_dir)) {
    case Access::missing:
      return refuse(Fault::unreachable);
    case Access::shared:
      return refuse(Fault::unsafe_mode);
    case Access::own:
      return std::monostate{};
  }
  return refuse(Fault::unreachable);
}

Result<std::monostate, Fault> check_modes(const std::filesystem::path& data_dir) {
  const BooksFiles files = BooksFiles::in(data_dir);
  if (access_of(files.books) == Access::missing) return refuse(Fault::unreachable);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::filesystem::path file = files.books.string() + suffix;
    if (access_of(file) == Access::shared) return refuse(Fault::unsafe_mode);
  }
  if (access_of(data_dir) == Access::shared) return refuse(Fault::unsafe_mode);
  return std::monostate{};
}

Result<FileHandle, Fault> lock_books(const std::filesystem::path& data_dir) {
  const std::filesystem::path path = BooksFiles::in(data_dir).lock;
  FileHandle lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.open()) return refuse(fault_of_errno(errno));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return refuse(Fault::locked);
  return lock;
}

Result<std::monostate, Fault> make_file(const std::filesystem::path& file) {
  {
    const FileHandle made(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!made.open() && errno == EEXIST) return std::monostate{};
    if (!made.open()) return refuse(fault_of_errno(errno));
  }
  if (!sync_folder(file.parent_path())) return refuse(Fault::io_error);
  return std::monostate{};
}

bool make_ballast(const std::filesystem::path& ballast, std::uint64_t bytes) {
  const FileHandle file(::open(ballast.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.open()) return false;
  if (posix_fallocate(file.get(), 0, static_cast<off_t>(bytes)) == 0) return true;
  ::unlink(ballast.c_str());
  return false;
}

bool drop_ballast(const std::filesystem::path& ballast) { return ::unlink(ballast.c_str()) == 0; }

}  // namespace tollhouse::store
