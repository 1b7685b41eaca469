// config: one reading of a configuration: where its texts came from, what was found wrong so far,
// and a cursor that gives checked values or defaults.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/money.h"
#include "base/time.h"
#include "config/fault.h"
#include "config/node.h"
#include "config/options.h"

namespace tollhouse::config {

using Environment = std::map<std::string, std::string>;

/// A file, an environment variable or the command line.
struct Source {
  std::string name;                ///< "tollhouse.yaml", "environment PORT", "--set"
  std::vector<std::string> lines;  ///< of a file, to show them
};

/// A value of the effective configuration, for `config`.
struct Entry {
  std::string key;
  std::string value;   ///< `***` for a secret
  std::string origin;  ///< "default", "tollhouse.yaml:3", "environment PORT"
  bool given = false;
  std::optional<Digest> digest = std::nullopt;  ///< of a secret, to see whether it has changed
  bool written_out = false;                     ///< a secret, and its text itself stands there
};

class Reading {
 public:
  Node root = Node::mapping({});
  std::vector<Source> sources;
  std::vector<Fault> faults;
  std::vector<std::string> warnings;
  Environment environment;
  std::string folder;               ///< of the file; relative `${file:}` paths begin there
  std::optional<std::string> file;  ///< the configuration file, if there is one

  std::uint32_t add_source(std::string name);
  Place place_of(const Mark& mark) const;
  /// The value there, or one that holds it, has a fault already: one is enough.
  bool has_fault_at(std::string_view path) const;
  /// A fault at a value's place; the line is shown unless the key's section holds secrets.
  Fault& add_fault(const Mark& mark, std::string key, std::string message, std::string cure);
  /// `Missing required configuration: NAME`.
  void add_missing(const Mark& mark, std::string key, std::string_view name, std::string cure);
};

/// A key of the configuration, there or not. Getters give the value, or the default where the key
/// is absent or wrong (then a fault is in the list already).
class View {
 public:
  View(Reading& reading, const Node* node, std::string path, std::string pattern, Mark mark)
      : reading_(&reading),
        node_(node),
        path_(std::move(path)),
        pattern_(std::move(pattern)),
        mark_(mark) {}
  static View top(Reading& reading);

  bool given() const { return node_ != nullptr && !node_->is_null(); }
  const Node& node() const { return *node_; }
  const std::string& path() const { return path_; }
  const Mark& mark() const { return mark_; }
  View child(std::string_view name) const;
  std::vector<View> items() const;
  /// Members of a mapping with their names.
  std::vector<std::pair<std::string, View>> members() const;

  bool is_word(std::string_view word) const;
  std::string text() const;
  bool truth() const;
  std::uint64_t whole() const;
  /// Nothing where the option's word stands instead of the number.
  std::optional<std::uint64_t> whole_or_word() const;
  std::optional<Msat> amount() const;
  Duration duration() const;
  std::uint64_t size() const;
  std::vector<std::string> texts() const;

  void fault(std::string message, std::string cure) const;
  void missing(std::string_view name, std::string cure) const;
  Reading& reading() const { return *reading_; }

 private:
  /// The given text if it is allowed, else the default's.
  std::string valid_text() const;

  Reading* reading_;
  const Node* node_;
  std::string path_;
  std::string pattern_;
  Mark mark_;
};

/// "a.b", "a[\"x.y\"]" where the name needs quotes.
std::string path_below(const std::string& path, std::string_view name);

/// Fills in `${...}`, checks every key and value of the tree against the option table. Also lists
/// the given values.
void check_tree(Reading& reading, std::vector<Entry>& entries);

}  // namespace tollhouse::config
