// config: looking into a configuration tree.
#include "config/node.h"

#include <utility>

namespace tollhouse::config {

const Node* Node::find(std::string_view name) const {
  for (const Member& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view name) {
  return const_cast<Node*>(std::as_const(*this).find(name));
}

std::string Node::one_line() const {
  std::string line;
  switch (kind) {
    case Kind::null:
      break;
    case Kind::scalar:
      line = written;
      break;
    case Kind::sequence:
      for (const Node& item : items) line += (line.empty() ? "" : ", ") + item.one_line();
      line = "[" + line + "]";
      break;
    case Kind::mapping:
      for (const Member& member : members) {
        line += (line.empty() ? "" : ", ") + member.name + ": " + member.value.one_line();
      }
      line = "{" + line + "}";
      break;
  }
  return line;
}

Node Node::scalar(std::string text, Mark mark) {
  Node node;
  node.kind = Kind::scalar;
  node.written = text;
  node.text = std::move(text);
  node.mark = mark;
  return node;
}

Node Node::mapping(Mark mark) {
  Node node;
  node.kind = Kind::mapping;
  node.mark = mark;
  return node;
}

}  // namespace tollhouse::config
