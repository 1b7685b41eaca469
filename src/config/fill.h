// config: `${NAME}` and `${file:/path}` in values, and files that hold one secret.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/reading.h"

namespace tollhouse::config {

/// Fills in `node.text`. NAME is looked for in the environment, then as NAME_FILE, then as
/// $CREDENTIALS_DIRECTORY/NAME. `$${` is a plain `${`. False after a fault.
bool fill_in(Reading& reading, Node& node, const Mark& mark, const std::string& path, bool secret);

/// The value that the environment gives a name: itself, by NAME_FILE, or as a credential of the
/// service manager. Nothing where there is none; a credential that is empty is none, because a unit
/// can name a file that need not be there only with an empty default beside it.
struct EnvironmentValue {
  std::string text;
  std::string origin;  ///< "environment NAME", "environment NAME_FILE", "credential NAME"
  /// Of a secret by NAME_FILE: its absolute path. Rotation writes there.
  std::optional<std::filesystem::path> file{};
};
Result<std::optional<EnvironmentValue>, std::string> environment_value(
    const Environment& environment, const std::string& name, bool secret);

/// The bytes of a small file. A secret file that others may read is
/// refused unless the service manager put it there. Error: a sentence.
Result<std::string, std::string> read_file_as_it_is(const std::filesystem::path& path, bool secret,
                                                    bool from_service_manager);
/// The same for a text: without its last line end.
Result<std::string, std::string> read_value_file(const std::filesystem::path& path, bool secret,
                                                 bool from_service_manager);

}  // namespace tollhouse::config
