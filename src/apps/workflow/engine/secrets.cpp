#include "apps/workflow/engine/secrets.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/logging.hpp"

namespace weir::apps::workflow {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
using base::is_digit;

}  // namespace

bool is_secret_name(std::string_view text) {
  return !text.empty() && text.size() <= Secrets::kNameBytesMax && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

void Secrets::restore(const std::string& name, const std::string& sealed) {
  auto value = box_.unseal(name, sealed);
  if (!value) {
    base::log_error("workflow.bad_secret", "name={} error=\"{}\"", name, value.error().message());
    return;
  }
  values_.insert_or_assign(name, std::move(*value));
}

std::optional<std::string> Secrets::find(std::string_view name) const {
  const auto at = values_.find(name);
  if (at == values_.end()) return std::nullopt;
  return at->second;
}

void Secrets::put(std::string name, std::string value, Engine::Done done) {
  if (!is_secret_name(name)) {
    return done(base::make_error(base::ErrorCode::kBadRequest,
                                 "a secret's name is letters, digits and _, at most 64 of them"));
  }
  if (value.empty() || value.size() > kValueBytesMax) {
    return done(
        base::make_error(base::ErrorCode::kBadRequest, "a secret has from 1 to 16384 bytes"));
  }
  // Before the value is moved on: arguments have no order.
  auto sealed = box_.seal(name, value);
  engine_->change(
      [name, sealed = std::move(sealed)](log::Transaction& transaction) {
        const log::Value row[] = {name, sealed, transaction.now(), transaction.now()};
        return transaction.state().execute(
            "INSERT INTO workflow_secrets (name, sealed, created, updated) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, "
            "updated = excluded.updated",
            row);
      },
      [this, name, value = std::move(value), done = std::move(done)](const base::Result<>& stored) {
        if (stored) values_.insert_or_assign(name, value);
        done(stored);
      });
}

void Secrets::remove(const std::string& name, Engine::Done done) {
  if (!values_.contains(name)) return done(base::make_error(base::ErrorCode::kNotFound, name));
  engine_->change(
      [name](log::Transaction& transaction) {
        const log::Value row[] = {name};
        return transaction.state().execute("DELETE FROM workflow_secrets WHERE name = ?", row);
      },
      [this, name, done = std::move(done)](const base::Result<>& gone) {
        if (gone) values_.erase(name);
        done(gone);
      });
}

}  // namespace weir::apps::workflow
