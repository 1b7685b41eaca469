// config: keys that the gate makes for itself. A key file appears whole or not at all: written to a
// temporary name, synced, then linked.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/format.h"
#include "base/hex.h"
#include "config/fill.h"
#include "config/secrets.h"

namespace tollhouse::config {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  int number_;
};

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool write_whole(const std::filesystem::path& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.open()) return false;
  const auto written = ::write(file.get(), text.data(), text.size());
  return written == static_cast<ssize_t>(text.size()) && ::fsync(file.get()) == 0;
}

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.open()) ::fsync(descriptor.get());
}

Result<KeyFile, std::string> read_key_file(const std::filesystem::path& path) {
  const auto text = read_value_file(path, true, false);
  if (!text) return refuse(text.error());
  const auto bytes = bytes_from_hex(*text);
  if (!bytes || bytes->size() != 32) {
    return refuse(fmt::format("{} does not hold 64 hex digits", path.string()));
  }
  return KeyFile{Secret(*bytes), path, false};
}

Result<KeyFile, std::string> ensure_key(const std::filesystem::path& data_dir,
                                        std::string_view name, Random& random) {
  std::error_code error;
  const std::filesystem::path path = data_dir / name;
  if (std::filesystem::exists(path, error)) return read_key_file(path);
  if (!std::filesystem::exists(data_dir, error)) {
    std::filesystem::create_directories(folder_of(data_dir), error);
    if (::mkdir(data_dir.c_str(), 0700) != 0 && errno != EEXIST) {
      return refuse(fmt::format("{} cannot be made", data_dir.string()));
    }
  }
  auto made = make_key_file(path, random);
  // Another process may have been first: its key counts.
  if (!made && std::filesystem::exists(path, error)) return read_key_file(path);
  return made;
}

}  // namespace

Result<KeyFile, std::string> make_key_file(const std::filesystem::path& path, Random& random) {
  std::array<std::uint8_t, 32> key{};
  std::array<std::uint8_t, 8> suffix{};
  random.fill(key);
  random.fill(suffix);
  Secret secret{ByteView(key)};
  std::string text = hex(key) + "\n";
  wipe(key.data(), key.size());

  const std::filesystem::path temporary = path.string() + "." + hex(suffix) + ".new";
  const bool written = write_whole(temporary, text);
  wipe(text.data(), text.size());
  const bool linked = written && ::link(temporary.c_str(), path.c_str()) == 0;
  const bool existed = written && !linked && errno == EEXIST;
  ::unlink(temporary.c_str());
  if (existed) return refuse(fmt::format("{} exists already", path.string()));
  if (!linked) return refuse(fmt::format("{} cannot be written", path.string()));
  sync_folder(folder_of(path));
  return KeyFile{std::move(secret), path, true};
}

Result<KeyFile, std::string> ensure_root_key(const std::filesystem::path& data_dir,
                                             Random& random) {
  return ensure_key(data_dir, "root.key", random);
}

Result<KeyFile, std::string> ensure_receipt_key(const std::filesystem::path& data_dir,
                                                Random& random) {
  return ensure_key(data_dir, "receipt.key", random);
}

}  // namespace tollhouse::config
