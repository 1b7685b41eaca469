// config: the one file that knows yaml-cpp; its exceptions end here.
#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "base/format.h"
#include "base/utf8.h"
#include "config/limits.h"

namespace tollhouse::config {
namespace {

struct Stop {};  // thrown through yaml-cpp to end a reading early

bool plain_null(std::string_view value) {
  return value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL";
}

class Builder final : public YAML::EventHandler {
 public:
  Builder(std::uint32_t source, std::vector<YamlFault>& faults)
      : source_(source), faults_(faults) {}

  Node take_root() { return std::move(root_); }
  bool began() const { return began_; }

  void OnDocumentStart(const YAML::Mark&) override { began_ = true; }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    Node node;
    node.mark = mark_of(mark);
    put(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "an alias (*name) is not allowed here", "write the value out");
    OnNull(mark, YAML::NullAnchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    const bool quoted = tag == "!";
    if (awaits_key()) return set_key(mark, value);
    Node node = Node::scalar(value, mark_of(mark));
    node.quoted = quoted;
    if (!quoted && plain_null(value)) node.kind = Node::Kind::null;
    put(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::mapping);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Node node;
    std::string key;
    Mark key_mark;
    bool has_key = false;
  };

  Mark mark_of(const YAML::Mark& mark) const {
    return {source_, static_cast<std::uint32_t>(mark.line + 1),
            static_cast<std::uint32_t>(mark.column + 1)};
  }
  void refuse(const YAML::Mark& mark, std::string message, std::string cure) {
    faults_.push_back({mark_of(mark), std::move(message), std::move(cure)});
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      refuse(mark, "an anchor (&name) is not allowed here", "write the value out where it is used");
    }
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(mark, "a tag (!name) is not allowed here", "leave the tag out");
    }
  }
  bool awaits_key() const {
    return !levels_.empty() && levels_.back().node.is_mapping() && !levels_.back().has_key;
  }
  void set_key(const YAML::Mark& mark, const std::string& value) {
    Level& level = levels_.back();
    level.key = value;
    level.key_mark = mark_of(mark);
    level.has_key = true;
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (awaits_key()) {
      refuse(mark, "a key must be plain text", "quote it");
      throw Stop{};
    }
    if (levels_.size() >= kDepthMax) {
      refuse(mark, "nested too deeply", "");
      throw Stop{};
    }
    Level level;
    level.node.kind = kind;
    level.node.mark = mark_of(mark);
    levels_.push_back(std::move(level));
  }
  void close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    put(std::move(node));
  }
  void put(Node node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.is_sequence()) {
      level.node.items.push_back(std::move(node));
      return;
    }
    if (!level.has_key) {  // a null or alias as key
      faults_.push_back({node.mark, "a key must be plain text", "quote it"});
      throw Stop{};
    }
    level.has_key = false;
    if (const Node* first = level.node.find(level.key)) {
      faults_.push_back({level.key_mark,
                         fmt::format("{} stands here twice (first value in line {})",
                                     printable(level.key, kFoundBytesMax), first->mark.line),
                         "keep one of them"});
      return;
    }
    level.node.members.push_back({level.key, level.key_mark, std::move(node)});
  }

  std::uint32_t source_;
  std::vector<YamlFault>& faults_;
  std::vector<Level> levels_;
  Node root_;
  bool began_ = false;
};

YamlReading read(std::string_view text, std::uint32_t source) {
  YamlReading reading;
  Builder builder(source, reading.faults);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      reading.root = builder.take_root();
      Builder second(source, reading.faults);
      if (parser.HandleNextDocument(second) && second.began()) {
        reading.faults.push_back({{source, 1, 1},
                                  "the file holds more than one document",
                                  "remove the `---` between them"});
      }
    }
  } catch (const YAML::Exception& error) {
    const Mark at{source, static_cast<std::uint32_t>(std::max(error.mark.line, 0) + 1),
                  static_cast<std::uint32_t>(std::max(error.mark.column, 0) + 1)};
    reading.faults.push_back({at, fmt::format("not YAML: {}", error.msg),
                              "texts with : # [ ] { } or a leading * & ! % @ want quotes"});
  } catch (const Stop&) {
    return reading;  // the fault is in the list
  } catch (const std::exception&) {
    reading.faults.push_back({{source, 1, 1}, "not YAML", ""});
  }
  return reading;
}

YamlReading refused(std::uint32_t source, std::string message, std::string cure) {
  YamlReading reading;
  reading.root = Node::mapping({source, 0, 0});
  reading.faults.push_back({{source, 0, 0}, std::move(message), std::move(cure)});
  return reading;
}

}  // namespace

YamlReading read_yaml(std::string_view text, std::uint32_t source) {
  if (text.size() > kFileBytesMax) return refused(source, "larger than 1 MiB", "");
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    return refused(source, "not UTF-8 text", "save it as UTF-8");
  }
  YamlReading reading = read(text, source);
  if (reading.root.is_null()) reading.root = Node::mapping({source, 1, 1});
  if (!reading.root.is_mapping()) {
    reading.faults.push_back({{source, 1, 1},
                              "the file is not a mapping of keys to values",
                              "begin with e.g. `upstream: http://127.0.0.1:3001/mcp`"});
    reading.root = Node::mapping({source, 1, 1});
  }
  return reading;
}

YamlReading read_flow_value(std::string_view text, std::uint32_t source) {
  if (text.size() > kFileBytesMax || !is_utf8(text)) return refused(source, "not UTF-8 text", "");
  return read(text, source);
}

}  // namespace tollhouse::config
