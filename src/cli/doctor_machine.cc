// cli: `doctor` on the machine: nothing here leaves it, and nothing is left behind.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/format.h"
#include "cli/doctor.h"
#include "cli/gate_failure.h"
#include "cli/plain_errands.h"
#include "io/descriptor.h"
#include "store/books_folder.h"
#include "store/reports.h"

namespace tollhouse::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthersMayRead = 044;
constexpr mode_t kOthersMayWrite = 022;
constexpr mode_t kOthersMayAnything = 077;
/// Two descriptors for each call, and a few hundred callers at once.
constexpr std::uint64_t kDescriptorsFew = 4096;
/// Room for the books' own reserve and some days of charges.
constexpr std::uint64_t kRoomFew = std::uint64_t{256} << 20;
constexpr int kSyncs = 16;
/// A charge waits for one sync; above this callers notice.
constexpr Duration kSyncSlow = std::chrono::milliseconds(20);
constexpr Duration kHealthPatience = std::chrono::seconds(2);

std::optional<mode_t> mode_of(const fs::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return std::nullopt;
  return found.st_mode;
}

void examine_file(const config::Loaded& loaded, Findings& findings) {
  if (!loaded.file) return;
  const mode_t mode = mode_of(*loaded.file).value_or(0);
  if ((mode & kOthersMayWrite) != 0) {
    findings.warn("configuration", fmt::format("others may write to {}", *loaded.file),
                  fmt::format("chmod go-w {}", *loaded.file));
  }
  if ((mode & kOthersMayRead) == 0) return;
  for (const config::Entry& entry : loaded.entries) {
    if (!entry.written_out || !entry.origin.starts_with(*loaded.file)) continue;
    findings.warn("configuration",
                  fmt::format("{} stands in a file that others may read", entry.key),
                  fmt::format("chmod 600 {}, or write ${{file:PATH}}", *loaded.file));
  }
}

void examine_descriptors(Findings& findings) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const std::string found = fmt::format("{} files and sockets at once", limit.rlim_max);
  if (limit.rlim_max >= kDescriptorsFew) return findings.ok("limits", found);
  findings.warn("limits", found, "LimitNOFILE=65536 in the unit, or ulimit -Hn 65536");
}

/// The kernel knows whether somebody keeps its clock right; not every system may ask it.
void examine_clock(Findings& findings) {
  const Time now = SystemClock().now();
  timex asked{};
  const std::string found = rfc3339(now, 0);
  if (::adjtimex(&asked) != TIME_ERROR) return findings.ok("clock", found);
  findings.warn("clock", found + ", and nobody keeps it right, says the kernel",
                "timedatectl set-ntp true: expiry of invoices and tokens goes by it");
}

void examine_missing_folder(const fs::path& folder, Findings& findings) {
  const fs::path parent = fs::absolute(folder).lexically_normal().parent_path();
  if (::access(parent.c_str(), W_OK | X_OK) == 0) {
    return findings.ok("data directory", fmt::format("{} will be made", folder.string()));
  }
  findings.fail(
      "data directory", fmt::format("{} is not there and cannot be made", folder.string()),
      "make it for the user of the gate with mode 0700, or set data_dir", Exit::cannot_start);
}

/// The middle one of some syncs of a small file without a name; nothing where the file system has
/// no such files.
std::optional<Duration> sync_time(const fs::path& folder) {
  const io::Descriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file.open()) return std::nullopt;
  const SystemClock clock;
  const std::array<char, 4096> page{};
  std::array<Duration, kSyncs> times;
  for (Duration& time : times) {
    const Tick begun = clock.tick();
    if (::write(file.number(), page.data(), page.size()) != static_cast<ssize_t>(page.size()))
      return std::nullopt;
    if (::fdatasync(file.number()) != 0) return std::nullopt;
    time = clock.tick() - begun;
  }
  std::ranges::sort(times);
  return times[kSyncs / 2];
}

void examine_disk(const fs::path& folder, Findings& findings) {
  struct statvfs room{};
  if (::statvfs(folder.c_str(), &room) == 0) {
    const std::uint64_t free = std::uint64_t{room.f_bavail} * room.f_frsize;
    const std::string found = fmt::format("{} MiB free", free >> 20);
    if (free < kRoomFew) findings.warn("disk", found, "make room, or move data_dir");
    if (free >= kRoomFew) findings.ok("disk", found);
  }
  const auto time = sync_time(folder);
  if (!time) return;
  const double milliseconds = std::chrono::duration<double, std::milli>(*time).count();
  const std::string found = fmt::format("a sync takes {:.1f} ms", milliseconds);
  if (*time <= kSyncSlow) return findings.ok("disk", found);
  findings.warn("disk", found, "each charge waits for one: put data_dir on a faster disk");
}

bool examine_folder(const fs::path& folder, Findings& findings) {
  const auto mode = mode_of(folder);
  if (!mode) {
    examine_missing_folder(folder, findings);
    return false;
  }
  std::string cure = fmt::format("chmod 700 {}", folder.string());
  if (!S_ISDIR(*mode)) {
    findings.fail("data directory", fmt::format("{} is no directory", folder.string()),
                  "set data_dir to one", Exit::cannot_start);
    return false;
  }
  if ((*mode & kOthersMayAnything) != 0) {
    findings.fail("data directory", fmt::format("{} is open to other users", folder.string()),
                  std::move(cure), Exit::cannot_start);
    return false;
  }
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    findings.fail("data directory", fmt::format("this user may not write to {}", folder.string()),
                  "run doctor as the user of the gate, or chown it", Exit::cannot_start);
    return false;
  }
  findings.ok("data directory", fmt::format("{}, this user's alone", folder.string()));
  return true;
}

void examine_keys(const fs::path& folder, Findings& findings) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const bool key = name.starts_with("root.key") || name.starts_with("receipt.key");
    if (!key || (mode_of(entry.path()).value_or(0) & kOthersMayAnything) == 0) continue;
    findings.fail("keys", fmt::format("{} is open to other users", entry.path().string()),
                  fmt::format("chmod 600 {}", entry.path().string()), Exit::cannot_start);
  }
}

void examine_books(const fs::path& folder, Findings& findings) {
  if (!mode_of(store::BooksFiles::in(folder).books)) {
    return findings.ok("books", "none yet; the first start begins them");
  }
  const auto failed = [&](ledger::Fault fault) {
    const GateFailure failure = books_failure(fault, folder);
    const std::string cure =
        failure.cure.empty() ? std::string("tollhouse ledger check") : failure.cure;
    findings.fail("books", failure.message, cure, Exit::cannot_start);
  };
  const auto books = store::Reports::open(folder);
  if (!books) return failed(books.error());
  const auto opening = (*books)->opening();
  if (!opening) return failed(opening.error());
  if (opening->highest_clock > SystemClock().now() + std::chrono::minutes(1)) {
    return findings.warn(
        "books", fmt::format("have seen {}, later than it is", rfc3339(opening->highest_clock, 0)),
        "set the clock right: until then what expires does so too early");
  }
  findings.ok("books",
              fmt::format("open, epoch {}; tollhouse ledger check proves them", opening->epoch));
}

/// Where a gate on this machine would be asked: an address for all is asked on loopback.
std::optional<io::Endpoint> asked_at(const config::Endpoint& wanted) {
  if (wanted.kind == config::Endpoint::Kind::unix_path) {
    return io::Endpoint::unix_path_at(wanted.host);
  }
  if (wanted.host == "0.0.0.0") return io::Endpoint::parse_address("127.0.0.1", wanted.port);
  if (wanted.host == "::") return io::Endpoint::parse_address("::1", wanted.port);
  return io::Endpoint::parse_address(wanted.host, wanted.port);
}

bool gate_answers(const io::Endpoint& at) {
  PlainErrands errands(at, kHealthPatience);
  io::Errand errand;
  errand.url = "http://localhost/healthz";
  bool answered = false;
  errands.send(std::move(errand), [&](const io::ErrandResult& result) {
    answered = result && result->status == 200 && result->body == R"({"status":"ok"})";
  });
  return answered;
}

/// What bind(2) says, as Acceptor would be told; nothing: it would listen.
std::optional<io::ListenFault> try_to_bind(const io::Endpoint& at) {
  const io::SocketAddress address(at);
  const io::Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.open()) return std::nullopt;  // no IPv6 here: the bind itself will say so
  const int on = 1;
  ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.number(), address.get(), address.size()) == 0) return std::nullopt;
  if (errno == EADDRINUSE) return io::ListenFault::in_use;
  if (errno == EADDRNOTAVAIL) return io::ListenFault::not_local;
  return io::ListenFault::not_permitted;
}

void examine_unix_path(const std::string& part, const config::Endpoint& wanted,
                       Findings& findings) {
  const fs::path folder = fs::absolute(wanted.host).parent_path();
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return findings.ok(part, wanted.text());
  findings.fail(part, fmt::format("{}: no socket can be made there", wanted.text()),
                fmt::format("make {} for the user of the gate", folder.string()),
                Exit::cannot_start);
}

void examine_address(const std::string& part, const config::Endpoint& wanted,
                     const io::Endpoint& at, Findings& findings) {
  const auto fault = try_to_bind(at);
  if (!fault) return findings.ok(part, fmt::format("{} is free", wanted.text()));
  std::string cure = "choose another address";
  if (*fault == io::ListenFault::in_use) cure += ", or stop what listens there";
  if (*fault == io::ListenFault::not_permitted) cure += ", or listen: systemd:NAME";
  findings.fail(part, fmt::format("{}: {}", wanted.text(), to_text(*fault)), cure,
                Exit::cannot_start);
}

void examine_listener(const std::string& part, const config::Endpoint& wanted, Findings& findings) {
  if (wanted.kind == config::Endpoint::Kind::systemd) {
    return findings.ok(part, fmt::format("{} comes from the service manager", wanted.text()));
  }
  const auto asked = asked_at(wanted);
  if (wanted.port != 0 || wanted.kind == config::Endpoint::Kind::unix_path) {
    if (asked && gate_answers(*asked)) {
      return findings.ok(part, fmt::format("{}: a gate answers there", wanted.text()));
    }
  }
  if (wanted.kind == config::Endpoint::Kind::unix_path) {
    return examine_unix_path(part, wanted, findings);
  }
  const auto at = io::Endpoint::parse_address(wanted.host, wanted.port);
  if (at) examine_address(part, wanted, *at, findings);
}

void examine_listeners(const config::Settings& settings, Findings& findings) {
  bool open = false;
  for (const config::Endpoint& wanted : settings.listen) {
    examine_listener("listen", wanted, findings);
    open = open || (wanted.kind == config::Endpoint::Kind::address && !wanted.local());
  }
  if (settings.admin) examine_listener("admin", *settings.admin, findings);
  if (open && !settings.policy.public_origin.starts_with("https://")) {
    findings.warn("listen", "others reach the gate over plain http: credentials can be taken",
                  "put a proxy with TLS in front and set public_url: https://...");
  }
}

}  // namespace

void examine_machine(const config::Loaded& loaded, Findings& findings) {
  const config::Settings& settings = loaded.settings;
  examine_file(loaded, findings);
  examine_descriptors(findings);
  examine_clock(findings);
  if (examine_folder(settings.data_dir, findings)) {
    examine_keys(settings.data_dir, findings);
    examine_disk(settings.data_dir, findings);
    examine_books(settings.data_dir, findings);
  }
  examine_listeners(settings, findings);
}

}  // namespace tollhouse::cli
