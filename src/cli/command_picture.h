// cli: the tree of commands and options that parses the command line, as plain values: completion
// and the manual page are made from it and so cannot drift from it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tollhouse::cli {

struct OptionPicture {
  std::vector<std::string> names;  ///< "-c", "--config"; of an argument by place its one name
  std::string purpose;
  bool by_place = false;     ///< FILE, URL, ...
  bool takes_value = false;  ///< an option with a value behind it
};

struct CommandPicture {
  std::string_view group;
  std::string_view name;
  std::string_view usage;
  std::string_view purpose;
  std::string_view example;
  std::vector<OptionPicture> options;

  /// Words that may follow, as its usage names them: `hmac|receipt`, `check|show HASH`.
  std::vector<std::string> words() const;
};

}  // namespace tollhouse::cli
