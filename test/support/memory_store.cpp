#include <fleetman/core/digest.hpp>
#include <fleetman/testing/memory_store.hpp>

namespace fleetman::testing {

using namespace storage;

result<void> memory_store::begin(const std::string& operation, const std::string& key)
{
    history.push_back(operation + ' ' + key);
    return before ? before(operation, key) : result<void>();
}

std::string memory_store::store(const std::string& key, std::string body)
{
    std::string etag = md5_hex(body);
    const std::uint64_t size = body.size();
    objects_[key] = object{{key, etag, size, time_.now()}, std::move(body)};
    return etag;
}

std::vector<std::string> memory_store::keys() const
{
    std::vector<std::string> all;
    for (const auto& [key, value] : objects_)
        all.push_back(key);
    return all;
}

task<result<object>> memory_store::get(std::string key, std::uint64_t max_bytes)
{
    if (auto refused = begin("get", key); !refused)
        co_return refused.error();
    const auto place = objects_.find(key);
    if (place == objects_.end())
        co_return error(errc::not_found, "get " + key + ": no such key");
    if (place->second.info.size > max_bytes)
        co_return error(errc::too_large, "get " + key + ": more than " + std::to_string(max_bytes) + " bytes");
    co_return place->second;
}

task<result<std::variant<object, not_modified>>> memory_store::get_if_changed(
    std::string key, std::string etag, std::uint64_t max_bytes)
{
    if (const auto place = objects_.find(key); place != objects_.end() && place->second.info.etag == etag) {
        if (auto refused = begin("get", key); !refused)
            co_return refused.error();
        co_return not_modified{};
    }
    result<object> whole = co_await get(std::move(key), max_bytes);
    if (!whole)
        co_return whole.error();
    co_return std::move(*whole);
}

task<result<object_info>> memory_store::get(std::string key, byte_sink& to)
{
    result<object> whole = co_await get(std::move(key), UINT64_MAX);
    if (!whole)
        co_return whole.error();
    result<void> written = co_await to.write(whole->body);
    if (!written)
        co_return written.error();
    co_return whole->info;
}

task<result<object_info>> memory_store::get_rest(std::string key, std::string etag, std::uint64_t first, byte_sink& to)
{
    return get_part(std::move(key), std::move(etag), first, UINT64_MAX, to);
}

task<result<object_info>> memory_store::get_part(
    std::string key, std::string etag, std::uint64_t first, std::uint64_t length, byte_sink& to)
{
    if (auto refused = begin("get_part", key); !refused)
        co_return refused.error();
    const auto place = objects_.find(key);
    if (place == objects_.end())
        co_return error(errc::not_found, "get " + key + ": no such key");
    const object whole = place->second;
    if (whole.info.etag != etag)
        co_return error(errc::conflict, "get " + key + ": changed by someone else");
    if (first >= whole.body.size())
        co_return error(errc::failed, "get " + key + ": it ends before byte " + std::to_string(first));
    result<void> written = co_await to.write(std::string_view(whole.body).substr(first, length));
    if (!written)
        co_return written.error();
    co_return whole.info;
}

task<result<object_info>> memory_store::head(std::string key)
{
    if (auto refused = begin("head", key); !refused)
        co_return refused.error();
    const auto place = objects_.find(key);
    if (place == objects_.end())
        co_return error(errc::not_found, "head " + key + ": no such key");
    co_return place->second.info;
}

task<result<std::string>> memory_store::put(std::string key, std::string body, put_condition when)
{
    if (auto refused = begin("put", key); !refused)
        co_return refused.error();
    const auto place = objects_.find(key);
    const bool exists = place != objects_.end();
    if (when.must_be_absent() && exists)
        co_return error(errc::conflict, "put " + key + ": exists already");
    if (!when.etag().empty() && (!exists || place->second.info.etag != when.etag()))
        co_return error(errc::conflict, "put " + key + ": changed by someone else");
    co_return store(key, std::move(body));
}

task<result<std::string>> memory_store::put(std::string key, byte_source& body, std::uint64_t length)
{
    if (auto refused = begin("put", key); !refused)
        co_return refused.error();
    string_sink whole(length);
    result<std::uint64_t> moved = co_await copy_bytes(body, whole);
    if (!moved)
        co_return moved.error().within("put " + key);
    if (*moved != length)
        co_return error(errc::invalid, "put " + key + ": the body ended early");
    co_return store(key, whole.take());
}

task<result<std::string>> memory_store::copy(std::string from, std::string to, std::string from_etag)
{
    if (auto refused = begin("copy", to); !refused)
        co_return refused.error();
    const auto place = objects_.find(from);
    if (place == objects_.end())
        co_return error(errc::not_found, "copy " + from + " to " + to + ": no such key");
    if (!from_etag.empty() && place->second.info.etag != from_etag)
        co_return error(errc::conflict, "copy " + from + " to " + to + ": changed by someone else");
    co_return store(to, place->second.body);
}

task<result<void>> memory_store::remove(std::string key)
{
    if (auto refused = begin("remove", key); !refused)
        co_return refused.error();
    objects_.erase(key);
    co_return result<void>();
}

task<result<void>> memory_store::remove_all(std::vector<std::string> keys)
{
    for (std::string& key : keys) {
        result<void> removed = co_await remove(std::move(key));
        if (!removed)
            co_return removed.error();
    }
    co_return result<void>();
}

task<result<list_page>> memory_store::list(list_query query)
{
    if (auto refused = begin("list", query.prefix); !refused)
        co_return refused.error();
    list_page page;
    const std::string after = query.continuation.empty() ? query.start_after : query.continuation;
    std::string last;
    for (const auto& [key, value] : objects_) {
        if (!key.starts_with(query.prefix) || key <= after)
            continue;
        std::string folder;
        if (!query.delimiter.empty()) {
            const std::size_t end = key.find(query.delimiter, query.prefix.size());
            if (end != std::string::npos)
                folder = key.substr(0, end + query.delimiter.size());
        }
        const bool same_folder = !folder.empty() && (folder == last || folder <= after);
        if (!same_folder && page.objects.size() + page.common_prefixes.size() == query.max_keys) {
            page.continuation = last;
            break;
        }
        if (folder.empty()) {
            page.objects.push_back(value.info);
            last = key;
        } else if (!same_folder) {
            page.common_prefixes.push_back(folder);
            last = folder;
        }
    }
    co_return page;
}

} // namespace fleetman::testing
