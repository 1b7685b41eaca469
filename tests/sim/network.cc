// sim: how bytes travel.
#include "sim/network.h"

namespace tollhouse::sim {

using io::StreamFault;

Line::Line(Network& network, std::uint64_t number, io::Endpoint gate_sees, bool to_upstream)
    : network_(network),
      number_(number),
      gate_sees_(std::move(gate_sees)),
      to_upstream_(to_upstream) {}

void Line::send(std::string_view bytes) {
  if (peer_ == nullptr || to_gate_.end_queued) return;
  to_gate_.pending += bytes;
  to_gate_.sent += bytes.size();
  push(to_gate_);
}

void Line::send_surplus(std::string_view bytes, std::uint64_t behind_message) {
  if (!surplus_at_) {
    surplus_at_ = to_gate_.sent;
    surplus_behind_ = behind_message;
  }
  send(bytes);
}

void Line::half_close() {
  to_gate_.end_queued = true;
  push(to_gate_);
}

void Line::close() {
  if (peer_ == nullptr) return;
  half_close();
  peer_ = nullptr;
}

void Line::reset() {
  if (peer_ == nullptr) return;
  peer_ = nullptr;
  to_peer_.pending.clear();
  to_gate_.pending.clear();
  break_gate_side();
}

void Line::push(Direction& way) {
  const bool something = !way.pending.empty() || (way.end_queued && !way.end_moved);
  if (way.moving || !something) return;
  way.moving = true;
  network_.scheduler_.after(network_.delay(this),
                            [self = shared_from_this(), &way] { self->move(way); });
}

void Line::move(Direction& way) {
  way.moving = false;
  if (way.pending.empty()) return end_arrives(way);
  std::size_t size = way.pending.size();
  if (in_pieces_) size = std::min<std::size_t>(size, network_.dice_.between(1, 90));
  if (way.break_at && way.moved + size > *way.break_at) {
    size = static_cast<std::size_t>(*way.break_at - way.moved);
  }
  const std::string piece = way.pending.substr(0, size);
  way.pending.erase(0, size);
  way.moved += size;
  const bool breaks = way.break_at && way.moved >= *way.break_at;
  if (!piece.empty()) {
    if (&way == &to_gate_) {
      deliver_to_gate(piece);
    } else {
      deliver_to_peer(piece);
    }
  }
  if (breaks) {
    network_.trace_.say("line {} breaks", number_);
    break_gate_side();
    break_peer_side();
    return;
  }
  push(way);
}

void Line::deliver_to_gate(std::string_view piece) {
  if (gate_ == nullptr && accepted_) return break_peer_side();
  if (gate_reset_) return;
  inbox_ += piece;
  if (gate_ != nullptr) gate_->arrived();
}

void Line::deliver_to_peer(std::string_view piece) {
  if (peer_ == nullptr) return break_gate_side();
  peer_->received(piece);
  network_.scheduler_.after(network_.delay(this), [self = shared_from_this(), size = piece.size()] {
    if (self->gate_reset_) return;  // what was not acknowledged before stays so
    self->unacknowledged_ -= size;
    if (self->gate_ != nullptr) self->gate_->acknowledged();
  });
}

void Line::end_arrives(Direction& way) {
  if (!way.end_queued || way.end_moved) return;
  way.end_moved = true;
  if (&way == &to_gate_) {
    gate_end_ = true;
    if (gate_ != nullptr) gate_->arrived();
  } else if (peer_ != nullptr) {
    peer_->ended();
  }
}

void Line::break_gate_side() {
  network_.scheduler_.after(network_.delay(this), [self = shared_from_this()] {
    if (self->gate_reset_) return;
    self->gate_reset_ = true;
    self->to_peer_.pending.clear();
    if (self->gate_ != nullptr) self->gate_->arrived();
  });
}

void Line::break_peer_side() {
  to_peer_.pending.clear();
  to_gate_.pending.clear();
  network_.scheduler_.after(network_.delay(this), [self = shared_from_this()] {
    Peer* peer = std::exchange(self->peer_, nullptr);
    if (peer != nullptr) peer->was_reset();
  });
}

void Line::gate_closed() {
  gate_ = nullptr;
  if (!inbox_.empty() || gate_reset_) return break_peer_side();
  to_peer_.end_queued = true;
  push(to_peer_);
}

void Line::power_cut() {
  gate_ = nullptr;
  break_peer_side();
}

// ---- the gate's end ----------------------------------------------------------------------------

SimStream::SimStream(SimReactor& reactor, std::shared_ptr<Line> line,
                     io::ConnectOperation* connecting)
    : Stream(reactor),
      loop_(reactor),
      line_(std::move(line)),
      connecting_(connecting),
      seen_(line_->gate_sees()) {
  line_->gate_ = this;
  line_->accepted_ = true;
  ++line_->network_.gate_streams_;
}

SimStream::~SimStream() { close(); }

void SimStream::close() {
  if (!line_) return;
  cancel();
  listen_hangup(nullptr);
  --line_->network_.gate_streams_;
  line_->gate_closed();
  line_.reset();
}

void SimStream::shutdown_write() {
  if (!line_) return;
  line_->to_peer_.end_queued = true;
  line_->push(line_->to_peer_);
}

void SimStream::connected(std::optional<io::ConnectFault> fault) {
  io::ConnectOperation* operation = std::exchange(connecting_, nullptr);
  if (operation != nullptr) operation->finish(fault);
}

void SimStream::arrived() {
  const bool gone = line_->gate_end_ || line_->gate_reset_;
  continue_reading();
  if (!line_) return;
  continue_writing();
  if (gone) hang_up();
}

bool SimStream::try_read(io::ReadOperation& operation) {
  if (!line_) {
    operation.transfer = {0, StreamFault::cancelled};
    return true;
  }
  if (loop_.dying) return false;
  std::string& inbox = line_->inbox_;
  if (inbox.empty()) {
    if (!line_->gate_reset_ && !line_->gate_end_) return false;
    operation.transfer = {0, line_->gate_reset_ ? StreamFault::reset : StreamFault::end};
    return true;
  }
  if (operation.into.empty()) {
    operation.transfer = {0, StreamFault::none};
    return true;
  }
  std::size_t size = std::min(operation.into.size(), inbox.size());
  if (line_->in_pieces_) size = std::min<std::size_t>(size, line_->network_.dice_.between(1, 200));
  std::copy_n(inbox.data(), size, operation.into.data());
  inbox.erase(0, size);
  operation.transfer = {size, StreamFault::none};
  return true;
}

bool SimStream::try_write(io::WriteOperation& operation) {
  if (!line_) {
    operation.transfer.fault = StreamFault::cancelled;
    return true;
  }
  if (loop_.dying) return false;
  if (line_->gate_reset_ || line_->to_peer_.end_queued) {
    operation.transfer.fault = StreamFault::reset;
    return true;
  }
  // Once for each message, when it begins: a full window may hold it up.
  if (line_->to_upstream_ && std::exchange(announced_, &operation) != &operation) {
    std::string whole;
    for (const std::string_view part : operation.parts) whole += part;
    ++line_->messages_;
    line_->network_.town_.gate_writes(*line_, whole);
  }
  bool done = false;
  while (!done && line_->unacknowledged_ < line_->window_) {
    const std::string_view left = operation.parts[operation.part].substr(operation.offset);
    const std::size_t size = std::min(left.size(), line_->window_ - line_->unacknowledged_);
    line_->to_peer_.pending += left.substr(0, size);
    line_->unacknowledged_ += size;
    done = operation.advance(size);
  }
  line_->push(line_->to_peer_);
  if (done) announced_ = nullptr;
  return done;
}

std::optional<std::size_t> SimStream::unacknowledged() const {
  if (!line_) return std::nullopt;
  return line_->unacknowledged_;
}

bool SimStream::quiet() {
  return line_ && line_->inbox_.empty() && !line_->gate_end_ && !line_->gate_reset_;
}

bool SimReactor::start_connect(io::ConnectOperation& operation) {
  if (dying) return false;
  return network_.connect(*this, operation);
}

// ---- the network -------------------------------------------------------------------------------

Duration Network::delay(const Line* line) {
  using std::chrono::microseconds;
  if (faults.delays && line != nullptr && line->slow_) {
    return dice_.duration(microseconds(100), microseconds(400'000));
  }
  return dice_.duration(microseconds(20), microseconds(2'000));
}

std::shared_ptr<Line> Network::make_line(const io::Endpoint& gate_sees, bool to_upstream) {
  auto line = std::make_shared<Line>(*this, ++lines_made_, gate_sees, to_upstream);
  line->in_pieces_ = faults.pieces && dice_.one_in(3);
  line->slow_ = faults.delays && dice_.one_in(2);
  if (dice_.one_in(4)) line->window_ = dice_.between(64, 2048);
  if (faults.resets && dice_.one_in(4)) line->to_gate_.break_at = dice_.between(1, 3000);
  if (faults.resets && dice_.one_in(4)) line->to_peer_.break_at = dice_.between(1, 3000);
  std::erase_if(lines_, [](const std::weak_ptr<Line>& old) { return old.expired(); });
  lines_.push_back(line);
  return line;
}

std::shared_ptr<Line> Network::dial(const io::Endpoint& caller, Peer& peer) {
  auto line = make_line(caller, false);
  line->peer_ = &peer;
  return line;
}

std::unique_ptr<SimStream> Network::accept(SimReactor& reactor, std::shared_ptr<Line> line) {
  auto stream = std::make_unique<SimStream>(reactor, std::move(line), nullptr);
  stream->arrived();
  return stream;
}

void Network::refuse_dial(std::shared_ptr<Line> line) { line->break_peer_side(); }

bool Network::connect(SimReactor& reactor, io::ConnectOperation& operation) {
  if (faults.connects && dice_.one_in(6)) {
    operation.fault = io::ConnectFault::refused;
    return true;
  }
  auto line = make_line(operation.to, true);
  operation.stream = std::make_unique<SimStream>(reactor, line, &operation);
  if (faults.connects && dice_.one_in(8)) return false;  // no answer ever
  const bool refused = faults.connects && dice_.one_in(8);
  scheduler_.after(delay(line.get()), [this, line, refused] {
    if (line->gate_ == nullptr) return;
    if (refused) return line->gate_->connected(io::ConnectFault::unreachable);
    town_.upstream_dialled(line);
    line->gate_->connected(std::nullopt);
  });
  return false;
}

void Network::power_cut() {
  for (const auto& weak : lines_) {
    if (const auto line = weak.lock()) line->power_cut();
  }
}

}  // namespace tollhouse::sim
