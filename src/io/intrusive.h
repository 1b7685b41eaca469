// io: doubly linked lists through their members, so that waiting costs no allocation and leaving a
// list costs O(1). A node leaves its list when it is destroyed.
#pragma once

namespace tollhouse::io {

template <class Node>
class List;

/// Base of a node that can stand in one List<Node> at a time.
template <class Node>
class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 protected:
  ~Link() { unlink(); }

 private:
  friend class List<Node>;
  Link* previous_ = nullptr;
  Link* next_ = nullptr;
};

template <class Node>
class List {
 public:
  List() { head_.next_ = head_.previous_ = &head_; }
  ~List() {
    while (pop_front() != nullptr) {
    }
    head_.next_ = head_.previous_ = nullptr;
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return head_.next_ == &head_; }
  void push_back(Node& node) {
    Link<Node>& link = node;
    link.previous_ = head_.previous_;
    link.next_ = &head_;
    head_.previous_->next_ = &link;
    head_.previous_ = &link;
  }
  /// The first node, taken out; nullptr when there is none.
  Node* pop_front() {
    if (empty()) return nullptr;
    Link<Node>* link = head_.next_;
    link->unlink();
    return static_cast<Node*>(link);
  }
  /// Moves all nodes of `other` to the end of this list.
  void take(List& other) {
    if (other.empty()) return;
    other.head_.next_->previous_ = head_.previous_;
    head_.previous_->next_ = other.head_.next_;
    other.head_.previous_->next_ = &head_;
    head_.previous_ = other.head_.previous_;
    other.head_.next_ = other.head_.previous_ = &other.head_;
  }

 private:
  struct Head : Link<Node> {
    ~Head() = default;
  };
  Head head_;
};

}  // namespace tollhouse::io
