// config: a fresh key in the place of another. Whatever moment the process dies in, the files hold
// sound keys.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "base/format.h"
#include "base/hex.h"
#include "config/fill.h"
#include "config/secrets.h"

namespace tollhouse::config {
namespace {

namespace fs = std::filesystem;

/// Looked for at most: a key a day for a quarter of a century.
constexpr int kRetiredMax = 10'000;

fs::path retired_file(const fs::path& data_dir, int number) {
  return data_dir / fmt::format("receipt.key.{}", number);
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

void sync_folder(const fs::path& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);
  ::close(handle);
}

Result<Secret, std::string> read_secret(const fs::path& file) {
  auto text = read_value_file(file, true, false);
  if (!text) return refuse(text.error());
  auto secret = secret_from_text(*text);
  wipe(text->data(), text->size());
  if (!secret) return refuse(fmt::format("{} {}", file.string(), secret.error()));
  return secret;
}

fs::path fresh_name(const fs::path& file, Random& random) {
  std::array<std::uint8_t, 8> suffix{};
  random.fill(suffix);
  return file.string() + "." + hex(suffix) + ".new";
}

std::string cannot_write(const fs::path& file) {
  return fmt::format("{} cannot be written", file.string());
}

/// A new key under a name of its own, whose number is not `taken`: tokens say their key by number.
Result<fs::path, std::string> make_fresh(const fs::path& file, std::optional<std::uint8_t> taken,
                                         Random& random) {
  while (true) {
    fs::path name = fresh_name(file, random);
    const auto made = make_key_file(name, random);
    if (!made) return refuse(made.error());
    if (!taken || root_key_from(made->secret).number != *taken) return name;
    ::unlink(name.c_str());
  }
}

/// The text as it is, synced, under a name that was free.
bool copy_new(const fs::path& from, const fs::path& to) {
  auto text = read_value_file(from, true, false);
  if (!text) return false;
  *text += '\n';
  const int file = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool written =
      ::write(file, text->data(), text->size()) == static_cast<ssize_t>(text->size()) &&
      ::fsync(file) == 0;
  ::close(file);
  wipe(text->data(), text->size());
  return written;
}

}  // namespace

fs::path previous_file_of(const fs::path& file) { return file.string() + ".previous"; }

Result<std::optional<Secret>, std::string> previous_root_key(const fs::path& file) {
  const fs::path previous = previous_file_of(file);
  std::error_code error;
  if (!fs::exists(previous, error)) return std::nullopt;
  auto secret = read_secret(previous);
  if (!secret) return refuse(secret.error());
  return std::move(*secret);
}

Result<std::vector<Secret>, std::string> retired_receipt_keys(const fs::path& data_dir) {
  std::vector<Secret> keys;
  std::error_code error;
  for (int i = 1; i < kRetiredMax; ++i) {
    const fs::path file = retired_file(data_dir, i);
    if (!fs::exists(file, error)) break;
    auto secret = read_secret(file);
    if (!secret) return refuse(secret.error());
    keys.push_back(std::move(*secret));
  }
  return keys;
}

Result<std::monostate, std::string> rotate_root_key(const fs::path& file, const fs::path& previous,
                                                    Random& random) {
  if (folder_of(file) != folder_of(previous)) {
    return refuse(fmt::format("{} and {} stand in two folders and cannot change places",
                              file.string(), previous.string()));
  }
  const auto present = read_secret(file);
  if (!present) return refuse(present.error());
  const auto fresh = make_fresh(previous, root_key_from(*present).number, random);
  if (!fresh) return refuse(fresh.error());
  // First the fresh key as the one that only verifies, then both change places in one step.
  if (::rename(fresh->c_str(), previous.c_str()) != 0) {
    ::unlink(fresh->c_str());
    return refuse(cannot_write(previous));
  }
  sync_folder(folder_of(file));
  if (::renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, previous.c_str(), RENAME_EXCHANGE) != 0) {
    return refuse(fmt::format("{} and {} cannot change places on this file system", file.string(),
                              previous.string()));
  }
  sync_folder(folder_of(file));
  return std::monostate{};
}

Result<fs::path, std::string> rotate_receipt_key(const fs::path& file, const fs::path& data_dir,
                                                 Random& random) {
  if (const auto present = read_secret(file); !present) return refuse(present.error());
  std::error_code error;
  int number = 1;
  while (number < kRetiredMax && fs::exists(retired_file(data_dir, number), error)) ++number;
  fs::path kept = retired_file(data_dir, number);
  if (!copy_new(file, kept)) return refuse(cannot_write(kept));
  sync_folder(data_dir);
  const auto fresh = make_fresh(file, std::nullopt, random);
  if (!fresh) return refuse(fresh.error());
  if (::rename(fresh->c_str(), file.c_str()) != 0) {
    ::unlink(fresh->c_str());
    return refuse(cannot_write(file));
  }
  sync_folder(folder_of(file));
  return kept;
}

}  // namespace tollhouse::config
