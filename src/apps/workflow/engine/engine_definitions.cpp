// The engine: definitions come and go.

#include <utility>

#include "apps/workflow/engine/definition_rows.hpp"
#include "apps/workflow/engine/engine.hpp"
#include "apps/workflow/model/parse.hpp"

namespace weir::apps::workflow {

void Engine::put_definition(Definition definition, std::string source, std::string format,
                            std::string author,
                            std::function<void(base::Result<std::uint64_t>)> done) {
  auto shared = std::make_shared<const Definition>(std::move(definition));
  auto entry = std::make_shared<Definitions::Entry>();
  entry->definition = shared;
  change(
      [entry, json = boost::json::serialize(to_json(*shared)), source = std::move(source),
       format = std::move(format),
       author = std::move(author)](log::Transaction& transaction) -> base::Result<> {
        auto& state = transaction.state();
        auto newest = store::newest_definition(state, entry->definition->id);
        if (!newest) return newest.error();
        if (*newest && (*newest)->deleted == 0 && (*newest)->json == json) {
          entry->version = (*newest)->version;
          entry->created = (*newest)->created;
          return {};
        }
        entry->version = *newest ? (*newest)->version + 1 : 1;
        entry->created = transaction.now();
        const log::Value row[] = {entry->definition->id,
                                  static_cast<std::int64_t>(entry->version),
                                  entry->definition->name,
                                  json,
                                  source,
                                  format,
                                  entry->created,
                                  author};
        return state.execute(
            "INSERT INTO workflow_definitions (id, version, name, json, source, format, created, "
            "author) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row);
      },
      [this, entry, done = std::move(done)](const base::Result<>& outcome) {
        if (!outcome) return done(outcome.error());
        definitions_.put(*entry);
        metrics_.definitions.set(definitions_.all().size());
        if (on_definition_) on_definition_(*definitions_.find(entry->definition->id));
        begin_queued();
        done(entry->version);
      });
}

void Engine::delete_definition(const std::string& id, Done done) {
  if (definitions_.find(id) == nullptr) {
    return done(base::make_error(base::ErrorCode::kNotFound, "workflow " + id));
  }
  auto version = std::make_shared<std::uint64_t>(0);
  change(
      [id, version](log::Transaction& transaction) -> base::Result<> {
        auto& state = transaction.state();
        auto newest = store::newest_definition(state, id);
        if (!newest) return newest.error();
        if (!*newest) return {};
        *version = (*newest)->version;
        if (auto marked = store::mark_deleted(state, **newest, transaction.now()); !marked) {
          return marked;
        }
        return store::remove_if_unused(state, id);
      },
      [this, id, version, done = std::move(done)](const base::Result<>& outcome) {
        if (outcome && definitions_.remove(id, *version)) {
          metrics_.definitions.set(definitions_.all().size());
          if (on_deletion_) on_deletion_(id);
        }
        done(outcome);
      });
}

}  // namespace weir::apps::workflow
