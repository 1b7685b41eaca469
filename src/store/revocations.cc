// store: the deny list on disk.
#include "store/revocations.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>

#include "store/revocation_lines.h"

namespace tollhouse::store {
namespace {

using ledger::Fault;

/// Read at one go.
constexpr std::size_t kReadBytes = kRevocationBytes * 1024;
/// Where the kernel has no watch to give, the file is looked at as often.
constexpr int kLookMilliseconds = 250;

Fault fault_of_errno(int error) {
  if (error == ENOSPC || error == EDQUOT) return Fault::disk_full;
  return error == EIO ? Fault::io_error : Fault::unreachable;
}

/// Whole lines behind `read_bytes`, which moves on. False where a line is none of ours. A line
/// whose end is not written yet waits.
bool read_lines(int file, std::size_t& read_bytes, const EachRevoked& each) {
  std::string text(kReadBytes, '\0');
  while (true) {
    const ssize_t got = ::pread(file, text.data(), text.size(), static_cast<off_t>(read_bytes));
    if (got < 0) return false;
    const std::string_view seen(text.data(), static_cast<std::size_t>(got));
    const auto taken = read_revocations(seen, each);
    if (!taken) return false;
    read_bytes += *taken;
    if (*taken < text.size()) return true;
  }
}

Result<FileHandle, Fault> open_list(const std::filesystem::path& data_dir) {
  struct stat found{};
  if (::stat(data_dir.c_str(), &found) != 0) return refuse(Fault::unreachable);
  if ((found.st_mode & 077) != 0) return refuse(Fault::unsafe_mode);
  const std::filesystem::path path = revocations_file(data_dir);
  if (const auto made = make_file(path); !made) return refuse(made.error());
  FileHandle file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (!file.open() || ::fstat(file.get(), &found) != 0) return refuse(fault_of_errno(errno));
  if ((found.st_mode & 077) != 0) return refuse(Fault::unsafe_mode);
  return file;
}

}  // namespace

std::filesystem::path revocations_file(const std::filesystem::path& data_dir) {
  return data_dir / "ledger.revoked";
}

Result<bool, Fault> revoke(const std::filesystem::path& data_dir, const PaymentHash& hash) {
  auto file = open_list(data_dir);
  if (!file) return refuse(file.error());
  if (::flock(file->get(), LOCK_EX) != 0) return refuse(fault_of_errno(errno));
  std::size_t known_bytes = 0;
  bool known = false;
  const bool sound = read_lines(file->get(), known_bytes,
                                [&](const PaymentHash& each) { known = known || each == hash; });
  if (!sound) return refuse(Fault::damaged);
  if (known) return false;
  // The half line of a process that was killed in the middle.
  if (::ftruncate(file->get(), static_cast<off_t>(known_bytes)) != 0) {
    return refuse(fault_of_errno(errno));
  }
  const std::string line = revocation_line(hash);
  const ssize_t written = ::write(file->get(), line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    return refuse(written < 0 ? fault_of_errno(errno) : Fault::disk_full);
  }
  if (::fsync(file->get()) != 0) return refuse(Fault::io_error);
  return true;
}

RevocationWatch::RevocationWatch(std::filesystem::path file, Revoked revoked)
    : file_(std::move(file)), revoked_(std::move(revoked)) {}

Result<std::unique_ptr<RevocationWatch>, Fault> RevocationWatch::open(
    const std::filesystem::path& data_dir, Revoked revoked) {
  if (const auto list = open_list(data_dir); !list) return refuse(list.error());
  std::unique_ptr<RevocationWatch> watch(
      new RevocationWatch(revocations_file(data_dir), std::move(revoked)));
  watch->stop_ = FileHandle(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!watch->stop_.open()) return refuse(Fault::unreachable);
  watch->changes_ = FileHandle(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (watch->changes_.open()) {
    ::inotify_add_watch(watch->changes_.get(), watch->file_.c_str(), IN_MODIFY);
  }
  // Watched first, read then: nothing falls between.
  if (!watch->read_new()) return refuse(Fault::damaged);
  watch->thread_ = std::thread([raw = watch.get()] { raw->run(); });
  return watch;
}

RevocationWatch::~RevocationWatch() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  static_cast<void>(::write(stop_.get(), &one, sizeof one));
  thread_.join();
}

bool RevocationWatch::read_new() {
  const FileHandle file(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  return file.open() && read_lines(file.get(), read_bytes_, revoked_);
}

void RevocationWatch::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::array<pollfd, 2> ends{{{stop_.get(), POLLIN, 0}, {changes_.get(), POLLIN, 0}}};
  std::array<char, 4096> events{};
  while (true) {
    static_cast<void>(::poll(ends.data(), ends.size(), kLookMilliseconds));
    if (ends[0].revents != 0) return;
    while (changes_.open() && ::read(changes_.get(), events.data(), events.size()) > 0) {
    }
    // A line that cannot be read stops the reading there; the next start says so.
    static_cast<void>(read_new());
  }
}

}  // namespace tollhouse::store
