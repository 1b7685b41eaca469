// config: every key and value of the tree against the option table; all faults, not the first.
#include <algorithm>

#include "base/format.h"
#include "base/utf8.h"
#include "config/fill.h"
#include "config/limits.h"
#include "config/reading.h"
#include "crypto/sha256.h"

namespace tollhouse::config {
namespace {

class Check {
 public:
  Check(Reading& reading, std::vector<Entry>& entries) : reading_(reading), entries_(entries) {}

  void members(Node& node, const std::string& path, const std::string& pattern) {
    for (Member& member : node.members) {
      const std::string below = path_below(path, member.name);
      const std::string below_pattern = pattern_below(pattern, member.name);
      if (below_pattern.empty()) {
        unknown(member, below, pattern);
      } else {
        value(member.value, member.mark, below, below_pattern);
      }
    }
  }

 private:
  void value(Node& node, const Mark& mark, const std::string& path, const std::string& pattern) {
    const Option& option = *option_of(pattern);
    if (!option.part.empty()) return foreign(node, mark, path, option);
    if (node.is_null()) return;  // as if the key were not there
    if (option.kind == Kind::section) return section(node, mark, path, option);
    if (option.kind == Kind::work && node.is_mapping()) return members(node, path, pattern);
    if (option.kind == Kind::list) return list(node, mark, path, option);
    if (option.path == "store" && node.is_mapping()) {
      return lacks(mark, path, "a store other than SQLite");
    }
    if (!node.is_scalar()) return wrong_shape(node, mark, path, "one value");
    scalar(node, mark, path, option);
  }

  void section(Node& node, const Mark& mark, const std::string& path, const Option& option) {
    if (node.is_mapping()) return members(node, path, std::string(option.path));
    if (node.is_scalar() && !option.allowed.empty() && node.text == option.allowed) {
      return record(node, path, option);
    }
    if (option.path == "lightning" && node.is_sequence())
      return lacks(mark, path, "a list of wallets");
    std::string wanted = "keys and values";
    if (!option.allowed.empty()) wanted += fmt::format(", or the word {}", option.allowed);
    wrong_shape(node, mark, path, wanted);
  }

  void list(Node& node, const Mark& mark, const std::string& path, const Option& option) {
    const std::string pattern = pattern_of_items(option.path);
    if (node.is_scalar() && !option.allowed.empty()) {
      return scalar(node, mark, path, *option_of(pattern));
    }
    if (!node.is_sequence()) return wrong_shape(node, mark, path, "a list");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      Node& item = node.items[i];
      const std::string item_path = fmt::format("{}[{}]", path, i);
      if (item.is_null()) {
        wrong_shape(item, item.mark, item_path, "a value");
      } else {
        value(item, item.mark, item_path, pattern);
      }
    }
    if (node.items.empty()) record(node, path, option);
  }

  void scalar(Node& node, const Mark& mark, const std::string& path, const Option& option) {
    const bool secret = option.kind == Kind::secret;
    if (!fill_in(reading_, node, mark, path, secret)) return;
    record(node, path, option);
    if (lacks_value(node, mark, path, option)) return;
    const auto complaint = complaint_about(option, node.text);
    if (!complaint) return;
    Fault& fault =
        reading_.add_fault(mark, path, found(node) + " " + complaint->what, complaint->cure);
    fault.found = node.written;
    fault.allowed = complaint->allowed;
  }

  /// Values, not keys, that belong to parts which are not here.
  bool lacks_value(const Node& node, const Mark& mark, const std::string& path,
                   const Option& option) {
    struct Lacking {
      std::string_view pattern, value, part;
    };
    static constexpr Lacking kLacking[] = {
        {"lightning.driver", "cln", "the Core Lightning wallet"},
        {"lightning.driver", "nwc", "the Nostr Wallet Connect wallet"},
        {"routes[].tools.*.bind[]", "caller", "identity"},
        {"profile", "standard-paid", "reputation"},
        {"profile", "gpu", "reputation"},
        {"profile", "destructive", "reputation"},
        {"profile", "internal", "identity"},
        {"profile", "enterprise-sso", "identity"},
        {"profile", "hybrid", "identity"},
        {"profile", "internal-tooling", "identity"},
        {"profile", "realtime", "the session server"},
    };
    for (const Lacking& row : kLacking) {
      if (row.pattern != option.path || row.value != node.text) continue;
      lacks(mark, path, row.part);
      reading_.faults.back().cure = complaint_about(option, node.text)->cure;
      return true;
    }
    return false;
  }

  /// A key of a part that is not here may stand at its default, empty or null.
  void foreign(Node& node, const Mark& mark, const std::string& path, const Option& option) {
    if (option.kind == Kind::section && node.is_mapping()) {
      for (Member& member : node.members) {
        const std::string below = path_below(path, member.name);
        const std::string pattern = pattern_below(option.path, member.name);
        if (pattern.empty()) {
          lacks(member.mark, below, option.part);
        } else {
          value(member.value, member.mark, below, pattern);
        }
      }
      return;
    }
    const std::string line = node.one_line();
    const bool silent = node.is_null() || line == "[]" || line == "{}" ||
                        (!option.standard.empty() && line == option.standard);
    if (!silent) lacks(mark, path, option.part, option.standard);
  }

  void lacks(const Mark& mark, const std::string& path, std::string_view part,
             std::string_view standard = {}) {
    const std::string cure =
        standard.empty() ? std::string("remove it")
                         : fmt::format("remove it, or leave it at its default ({})", standard);
    reading_.add_fault(mark, path, fmt::format("{} is not part of this build", part), cure);
  }

  void wrong_shape(const Node& node, const Mark& mark, const std::string& path,
                   const std::string& wanted) {
    const std::string found_text = node.is_mapping()    ? "a mapping"
                                   : node.is_sequence() ? "a list"
                                   : node.is_scalar()   ? "a single value"
                                                        : "nothing";
    Fault& fault =
        reading_.add_fault(mark, path, fmt::format("{} stands here, not {}", found_text, wanted),
                           fmt::format("write {}", wanted));
    fault.found = found_text;
    fault.allowed = wanted;
  }

  void unknown(const Member& member, const std::string& path, const std::string& pattern) {
    const auto known = keys_under(pattern);
    const auto nearest = nearest_name(member.name, known);
    std::string cure;
    if (nearest) {
      cure = fmt::format("did you mean `{}`?", *nearest);
    } else {
      for (const std::string_view key : known_here(pattern))
        cure += (cure.empty() ? "known here: " : ", ") + std::string(key);
    }
    Fault& fault = reading_.add_fault(member.mark, path, "unknown key", cure);
    fault.found = printable(member.name, kFoundBytesMax);
    fault.nearest = nearest.value_or("");
  }

  static std::vector<std::string_view> known_here(const std::string& pattern) {
    std::vector<std::string_view> known = keys_under(pattern);
    std::erase_if(known, [&](std::string_view key) {
      return !option_of(pattern_below(pattern, key))->part.empty();
    });
    return known;
  }

  /// What a person wrote, in quotes; `${...}` stays unfilled, it may be a secret.
  static std::string found(const Node& node) {
    return fmt::format("\"{}\"", without_secrets(printable(node.written, kFoundBytesMax)));
  }

  void record(const Node& node, const std::string& path, const Option& option) {
    Entry entry;
    entry.key = path;
    entry.value = option.kind == Kind::secret ? "***"
                  : node.is_scalar()          ? node.text
                                              : node.one_line();
    const Place place = reading_.place_of(node.mark);
    entry.origin = place.line > 0 ? fmt::format("{}:{}", place.source, place.line) : place.source;
    entry.given = true;
    if (option.kind == Kind::secret) {
      entry.digest = crypto::sha256(bytes_of(node.text));
      entry.written_out = node.written == node.text;
    }
    entries_.push_back(std::move(entry));
  }

  Reading& reading_;
  std::vector<Entry>& entries_;
};

}  // namespace

void check_tree(Reading& reading, std::vector<Entry>& entries) {
  Check(reading, entries).members(reading.root, "", "");
}

}  // namespace tollhouse::config
