// config: the way in. Reads every layer, checks everything, gives settings or all faults at once.
// Spec: surface.md 2 and 5, ux-and-ops.md 1.4. Open settings.h for what comes out.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/fault.h"
#include "config/reading.h"
#include "config/settings.h"

namespace tollhouse::config {

struct Request {
  std::optional<std::string> file;      ///< -c
  std::vector<std::string> sets;        ///< --set key=value, in order
  std::optional<std::string> upstream;  ///< --upstream URL
  Environment environment;
  /// Where a file is looked for after -c and TOLLHOUSE_CONFIG.
  std::vector<std::string> usual_files = {"tollhouse.yaml", "/etc/tollhouse/tollhouse.yaml"};
};

struct Loaded {
  Settings settings;
  std::optional<std::string> file;  ///< the file that was read; absent: none
  std::vector<std::string> warnings;
  std::vector<Entry> entries;  ///< the effective configuration, given and default
};

struct Rejection {
  std::vector<Fault> faults;  ///< in order of place
  std::vector<std::string> warnings;
  bool wrong_usage = false;  ///< exit 2 instead of 3
};

/// Reads files and what `${file:}` names; writes nothing, asks nobody. Without a file, `--upstream`
/// (or TOLLHOUSE_UPSTREAM) gives a gate with prices `* = 1 sat` on the simulated wallet, and a root
/// key is the caller's to make (ensure_root_key); with a file, `secrets.root` must be there.
Result<Loaded, Rejection> load(const Request& request);

/// Where the books are, and which receipt key is configured, for commands that look into them: the
/// rest of the configuration may be incomplete. Without any file the default folder.
struct BooksPlace {
  std::filesystem::path data_dir;
  ReceiptSettings receipts;
};
Result<BooksPlace, Rejection> load_books_place(const Request& request);

/// Where a key stands: nothing configured (then in `data_dir`), a file, or a value that is no file.
struct KeyPlace {
  bool given = false;
  std::optional<std::filesystem::path> file;
};
/// For `rotate`. The rest of the configuration may be incomplete.
struct KeyPlaces {
  std::filesystem::path data_dir;
  KeyPlace root;
  KeyPlace previous_root;
  KeyPlace receipt;
};
Result<KeyPlaces, Rejection> load_key_places(const Request& request);

/// The file that would do what these settings do, for `serve` without one. No secrets.
std::string equivalent_yaml(const Settings& settings);

/// All faults as text (ux-and-ops.md 1.4).
std::string to_text(const Rejection& rejection);

}  // namespace tollhouse::config
