#include <fleetman/control/fleet_view.hpp>
#include <fleetman/core/log.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

// Reading the documents of cells: those that the table wants, each only if it has changed.

namespace fleetman::control {

using model::bucket_name;
using model::cell_ref;

namespace {

constexpr std::size_t batch = 512;
constexpr std::size_t longest_error = 4'000; // of a status, in bytes

// What became of a document since it was read last: with none of these it is gone.
template <class T>
struct news
{
    bool same = false;
    std::optional<T> value;
    std::string fault; // why it cannot be understood
    storage::object_info info;
};

using maybe_object = std::variant<storage::object, storage::not_modified>;

task<result<maybe_object>> get_if_changed(bucket::location at, std::string key, std::string etag)
{
    if (!etag.empty())
        co_return co_await at.store->get_if_changed(std::move(key), std::move(etag), model::document_max_bytes);
    result<storage::object> whole = co_await at.store->get(std::move(key), model::document_max_bytes);
    if (!whole)
        co_return whole.error();
    co_return maybe_object(*std::move(whole));
}

template <class T>
task<result<news<T>>> read_news(
    bucket::location at, std::string key, std::string etag, result<T> (*parse)(std::string_view))
{
    news<T> told;
    result<maybe_object> found = co_await get_if_changed(std::move(at), key, std::move(etag));
    if (!found && found.error().code() == errc::not_found)
        co_return told;
    if (!found && found.error().code() != errc::too_large)
        co_return found.error();
    if (!found) {
        told.fault = found.error().message();
        co_return told;
    }
    const auto* const changed = std::get_if<storage::object>(&*found);
    told.same = changed == nullptr;
    if (told.same)
        co_return told;
    told.info = changed->info;
    if (result<T> value = parse(changed->body))
        told.value = std::move(*value);
    else
        told.fault = value.error().within("read " + key).message();
    co_return told;
}

task<result<void>> read_trigger(bucket::location at, cell_ref cell, cell_documents& into)
{
    auto read = co_await read_news(at, at.keys.trigger(cell), into.trigger_etag, model::parse_trigger);
    if (!read)
        co_return read.error();
    if (read->same)
        co_return result<void>();
    into.trigger.reset();
    if (read->value)
        into.trigger = seen_trigger{std::move(*read->value), read->info.last_modified};
    into.trigger_etag = std::move(read->info.etag);
    into.trigger_fault = std::move(read->fault);
    co_return result<void>();
}

// At the end of a character.
void shorten(std::string& text)
{
    if (text.size() <= longest_error)
        return;
    std::size_t end = longest_error;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    text.resize(end);
}

task<result<void>> read_status(bucket::location at, cell_ref cell, cell_documents& into)
{
    auto read = co_await read_news(at, at.keys.status(cell), into.status_etag, model::parse_deployment_status);
    if (!read)
        co_return read.error();
    if (read->same)
        co_return result<void>();
    into.status = std::move(read->value);
    if (into.status) {
        into.status->logs.clear(); // only the cell's own page shows them
        if (into.status->error)
            shorten(*into.status->error);
    }
    into.status_etag = std::move(read->info.etag);
    into.status_fault = std::move(read->fault);
    co_return result<void>();
}

task<result<void>> read_metadata(bucket::location at, cell_ref cell, cell_documents& into)
{
    auto read = co_await read_news(at, at.keys.metadata(cell), std::string(), model::parse_cell_metadata);
    if (!read)
        co_return read.error();
    into.manifest.reset();
    if (read->value)
        into.manifest = std::move(read->value->manifest);
    co_return result<void>();
}

task<result<void>> read_documents(bucket::location at, cell_ref cell, std::shared_ptr<cell_table::reading> one)
{
    result<void> done;
    if ((one->needs & cell_table::trigger) != 0)
        done = co_await read_trigger(at, cell, one->documents);
    if (done && (one->needs & cell_table::status) != 0)
        done = co_await read_status(at, cell, one->documents);
    if (done && (one->needs & cell_table::metadata) != 0 && !one->managed)
        done = co_await read_metadata(at, cell, one->documents);
    co_return done;
}

} // namespace

task<result<void>> fleet_view::read_cell(bucket_name name, bucket::location at, cell_ref cell)
{
    const auto one = std::make_shared<cell_table::reading>(state_.cells().begin(name, cell));
    if (one->needs == cell_table::nothing)
        co_return result<void>(); // someone else is at it
    result<void> read = co_await read_documents(at, cell, one);
    if (read)
        state_.cells().finish(name, cell, std::move(*one), time_.now());
    else
        state_.cells().want(name, cell, one->needs);
    co_return read;
}

task<result<void>> fleet_view::read_wanted(bucket_name name, bucket::location at)
{
    for (;;) {
        const auto some = std::make_shared<const std::vector<cell_ref>>(state_.cells().wanted(name, batch));
        if (some->empty())
            co_return result<void>();
        result<void> read = co_await for_each_concurrently(some->size(), reads_at_a_time,
            [this, name, at, some](std::size_t i) { return read_cell(name, at, (*some)[i]); });
        if (!read)
            co_return read;
    }
}

task<void> fleet_view::look_at(cell_ref cell)
{
    const known_cell* const known = now().cells().find(cell);
    if (known == nullptr)
        co_return;
    const bucket_name name = known->bucket;
    result<bucket::location> at = names_.location(name);
    if (!at)
        co_return;
    state_.cells().want(name, cell, cell_table::everything);
    const result<void> read = co_await read_cell(name, *std::move(at), cell);
    if (!read)
        log::warning("fleet", "cell-unreadable", {{"cell", cell.str()}, {"error", read.error().message()}});
}

} // namespace fleetman::control
