#include <fleetman/control/browsing.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/text.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

using bucket::location;
using storage::object_info;

namespace {

constexpr std::size_t key_max_bytes = 1024; // Amazon S3 user guide, "Naming Amazon S3 objects"

// Sorts behind whatever begins with the same bytes: how a listing goes on behind a folder.
constexpr std::string_view last_character = "\xF4\x8F\xBF\xBF";

error no_such_object(const object_name& name)
{
    return {errc::not_found, "there is no object " + in_quotes(name.str())};
}

std::string why_not_a_name(std::string_view text, std::size_t root)
{
    if (text.empty())
        return "must not be empty";
    if (root + text.size() > key_max_bytes)
        return "must have at most " + std::to_string(key_max_bytes - root) + " bytes";
    if (!is_utf8(text) || has_control_character(text))
        return "must be UTF-8 without control characters";
    for (const std::string& part : split(text, '/'))
        if (part == "." || part == "..")
            return "must not have a part \".\" or \"..\"";
    return {};
}

browsed_page page_from(const storage::list_page& listed, std::string_view root, const std::string& after)
{
    browsed_page page;
    for (const object_info& object : listed.objects)
        page.entries.push_back({object.key.substr(root.size()), false, object.size, object.etag, object.last_modified});
    for (const std::string& folder : listed.common_prefixes)
        if (std::string name = folder.substr(root.size()); name > after)
            page.entries.push_back({.name = std::move(name), .folder = true});
    std::ranges::sort(page.entries, {}, &browsed_entry::name);
    page.more = !listed.continuation.empty();
    return page;
}

} // namespace

result<object_name> object_name::parse(std::string_view text, const location& at)
{
    const std::string& root = at.keys.root();
    if (const std::string why = why_not_a_name(text, root.size()); !why.empty())
        return error(errc::invalid, "the name of an object " + why);
    return object_name(std::string(text), root + std::string(text));
}

task<result<browsed_page>> browse(location at, browse_query query)
{
    const std::string root = at.keys.root();
    storage::list_query wanted{.prefix = root + query.prefix, .max_keys = query.limit};
    if (query.by_folder)
        wanted.delimiter = "/";
    if (!query.after.empty())
        wanted.start_after =
            root + query.after + std::string(query.after.ends_with('/') && query.by_folder ? last_character : "");
    for (;;) {
        auto listed = co_await at.store->list(wanted);
        if (!listed)
            co_return listed.error();
        browsed_page page = page_from(*listed, root, query.after);
        if (!page.entries.empty() || !page.more)
            co_return page;
        wanted.continuation = listed->continuation; // only the folder that `after` names was there
    }
}

task<result<object_info>> find_object(location at, object_name name)
{
    auto found = co_await at.store->head(name.key());
    if (!found && found.error().code() == errc::not_found)
        co_return no_such_object(name);
    co_return found;
}

task<result<folder_contents>> survey_folder(location at, object_name folder)
{
    folder_contents seen;
    storage::list_query query{.prefix = folder.key()};
    do {
        auto page = co_await at.store->list(query);
        if (!page)
            co_return page.error();
        for (const object_info& object : page->objects) {
            ++seen.objects;
            seen.size += object.size;
            if (seen.first.size() < shown_of_folder)
                seen.first.push_back(object.key.substr(at.keys.root().size()));
        }
        query.continuation = page->continuation;
    } while (!query.continuation.empty());
    co_return seen;
}

task<result<void>> delete_folder(location at, object_name folder)
{
    std::uint64_t deleted = 0;
    for (;;) {
        auto page = co_await at.store->list({.prefix = folder.key()}); // from the beginning: what was there is gone
        if (!page)
            co_return page.error();
        std::vector<std::string> keys;
        for (const object_info& object : page->objects)
            keys.push_back(object.key);
        if (keys.empty() && deleted == 0)
            co_return error(errc::not_found, "there is nothing below " + in_quotes(folder.str()));
        deleted += keys.size();
        const bool last = page->continuation.empty();
        auto removed = co_await at.store->remove_all(std::move(keys));
        if (!removed)
            co_return removed;
        if (last)
            break;
    }
    log::info("buckets", "folder-deleted", {{"folder", folder.key()}, {"objects", deleted}});
    co_return result<void>();
}

task<result<void>> perform_delete_folder(catalog& names, operation_step step)
{
    const std::size_t slash = std::min(step.cell.find('/'), step.cell.size());
    const auto bucket = model::bucket_name::load(std::string_view(step.cell).substr(0, slash));
    if (!bucket)
        co_return bucket.error();
    auto at = names.location(*bucket);
    if (!at)
        co_return at.error();
    auto folder = object_name::parse(std::string_view(step.cell).substr(std::min(slash + 1, step.cell.size())), *at);
    if (!folder)
        co_return folder.error();
    auto deleted = co_await delete_folder(std::move(*at), std::move(*folder));
    if (!deleted && step.resumed && deleted.error().code() == errc::not_found)
        co_return result<void>(); // it was done before the restart
    co_return deleted;
}

} // namespace fleetman::control
