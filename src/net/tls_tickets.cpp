#include "net/tls_tickets.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace weir::net {
namespace {

constexpr std::size_t kSavedBytes = 2 * sizeof(TlsTicketKey) + 1;

TlsTicketKey new_key() {
  TlsTicketKey key;
  static_assert(sizeof key == 80, "saved as it lies in memory");
  WEIR_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&key), sizeof key) == 1,
             "there is randomness");
  return key;
}

bool is_named(const TlsTicketKey& key, std::string_view name) {
  return name.size() == key.name.size() &&
         std::equal(key.name.begin(), key.name.end(), name.begin(),
                    [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); });
}

}  // namespace

TlsTickets::TlsTickets(std::chrono::milliseconds rotation)
    : state_(State{.current = new_key(),
                   .previous = {},
                   .made = std::chrono::steady_clock::now(),
                   .rotation = rotation}) {}

void TlsTickets::set_rotation(std::chrono::milliseconds rotation) {
  state_.with([&](State& state) { state.rotation = rotation; });
}

std::chrono::milliseconds TlsTickets::rotation() const {
  return state_.with([](const State& state) { return state.rotation; });
}

void TlsTickets::rotate(State& state, std::chrono::steady_clock::time_point now) {
  const auto age = now - state.made;
  if (age < state.rotation) return;
  // A key that nobody used for two turns is too old even to read.
  state.has_previous = age < 2 * state.rotation;
  state.previous = state.current;
  state.current = new_key();
  state.made = now;
  if (!state.has_previous) OPENSSL_cleanse(&state.previous, sizeof state.previous);
}

TlsTicketKey TlsTickets::current(std::chrono::steady_clock::time_point now) {
  return state_.with([&](State& state) {
    rotate(state, now);
    return state.current;
  });
}

std::optional<TlsTickets::Found> TlsTickets::find(std::string_view name,
                                                  std::chrono::steady_clock::time_point now) {
  return state_.with([&](State& state) -> std::optional<Found> {
    rotate(state, now);
    if (is_named(state.current, name)) return Found{state.current, true};
    if (state.has_previous && is_named(state.previous, name)) return Found{state.previous, false};
    return std::nullopt;
  });
}

std::string TlsTickets::save() const {
  return state_.with([](const State& state) {
    std::string bytes(1, state.has_previous ? '\1' : '\0');
    bytes.append(reinterpret_cast<const char*>(&state.current), sizeof state.current);
    bytes.append(reinterpret_cast<const char*>(&state.previous), sizeof state.previous);
    return bytes;
  });
}

bool TlsTickets::restore(std::string_view saved) {
  if (saved.size() != kSavedBytes || (saved[0] != '\0' && saved[0] != '\1')) return false;
  state_.with([&](State& state) {
    state.has_previous = saved[0] == '\1';
    std::memcpy(&state.current, saved.data() + 1, sizeof state.current);
    std::memcpy(&state.previous, saved.data() + 1 + sizeof state.current, sizeof state.previous);
    // Its age is not known here; it gets one more turn at most.
    state.made = std::chrono::steady_clock::now();
  });
  return true;
}

}  // namespace weir::net
