#include "integrity.hpp"
#include "request_signer.hpp"
#include "xml.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/s3/s3_store.hpp>

#include <algorithm>
#include <optional>

namespace fleetman::s3 {

using storage::put_condition;

namespace {

constexpr std::size_t delete_batch = 1000;                          // DeleteObjects takes no more
constexpr std::uint64_t answer_max_bytes = std::uint64_t{16} << 20; // of XML; 1000 keys of 1024 bytes fit several times
constexpr std::uint64_t largest_object = std::uint64_t{5} << 40;

// `received`: the body's length when no header tells it, as in a chunked answer.
storage::object_info info_of(const wire_response& answer, std::string key, std::uint64_t received)
{
    storage::object_info info;
    info.key = std::move(key);
    info.etag = unquoted(answer.header("ETag"));
    info.size = parse_integer<std::uint64_t>(answer.header("Content-Length")).value_or(received);
    if (const auto modified = parse_http_date(answer.header("Last-Modified")))
        info.last_modified = *modified;
    return info;
}

error damaged(const operation& what, std::string_view how)
{
    return error(errc::unavailable, what.doing + ": what arrived " + std::string(how));
}

result<storage::object> whole_object(const operation& what, wire_response answer)
{
    if (tells_md5(answer) && md5_hex(answer.body) != unquoted(answer.header("ETag")))
        return damaged(what, "does not match its ETag");
    storage::object_info info = info_of(answer, what.key, answer.body.size());
    return storage::object{std::move(info), std::move(answer.body)};
}

// The size of the whole of which bytes `first` to `last` came ("bytes 0-9/10", RFC 9110 section 14.4); nothing when
// others did.
std::optional<std::uint64_t> whole_size(std::string_view content_range, std::uint64_t first, std::uint64_t last)
{
    const std::string part = "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/';
    if (!content_range.starts_with(part))
        return std::nullopt;
    return parse_integer<std::uint64_t>(content_range.substr(part.size()));
}

error another_part(const operation& what, const std::string& content_range)
{
    return {
        errc::failed, what.doing + ": what arrived is not the part that was asked for: " + in_quotes(content_range)};
}

bool is_conflict(const result<wire_response>& answer)
{
    return !answer && answer.error().code() == errc::conflict;
}

void set_condition(operation& what, const put_condition& when)
{
    if (when.must_be_absent())
        what.headers.emplace_back("If-None-Match", "*");
    else if (!when.etag().empty())
        what.headers.emplace_back("If-Match", '"' + when.etag() + '"');
}

} // namespace

s3_store::s3_store(connection to, std::shared_ptr<transport> wire, clock& time)
    : to_(std::move(to)), wire_(std::move(wire)), time_(time), signer_(std::make_unique<request_signer>(to_))
{}

s3_store::~s3_store() = default;

task<result<storage::object>> s3_store::get(std::string key, std::uint64_t max_bytes)
{
    operation what{.doing = "get " + key, .method = "GET", .key = key};
    result<wire_response> answer = co_await exchange(what, {.max_bytes = max_bytes});
    if (!answer)
        co_return answer.error();
    co_return whole_object(what, std::move(*answer));
}

task<result<std::variant<storage::object, storage::not_modified>>> s3_store::get_if_changed(
    std::string key, std::string etag, std::uint64_t max_bytes)
{
    operation what{.doing = "get " + key, .method = "GET", .key = key};
    what.headers.emplace_back("If-None-Match", '"' + etag + '"');
    what.not_modified_is_an_answer = true;
    result<wire_response> answer = co_await exchange(what, {.max_bytes = max_bytes});
    if (!answer)
        co_return answer.error();
    if (answer->status == 304)
        co_return storage::not_modified{};
    result<storage::object> whole = whole_object(what, std::move(*answer));
    if (!whole)
        co_return whole.error();
    co_return std::move(*whole);
}

task<result<storage::object_info>> s3_store::get(std::string key, byte_sink& to)
{
    hashing_sink checked(to);
    operation what{.doing = "get " + key, .method = "GET", .key = key, .delivered = &checked.seen()};
    result<wire_response> answer = co_await exchange(what, {.sink = &checked});
    if (!answer)
        co_return answer.error();
    storage::object_info info = info_of(*answer, key, checked.seen());
    if (checked.seen() != info.size)
        co_return damaged(what, "has not the length that was announced");
    if (tells_md5(*answer) && checked.md5() != info.etag)
        co_return damaged(what, "does not match its ETag");
    co_return info;
}

task<result<storage::object_info>> s3_store::get_rest(
    std::string key, std::string etag, std::uint64_t first, byte_sink& to)
{
    hashing_sink counted(to);
    operation what{.doing = "get the rest of " + key, .method = "GET", .key = key, .delivered = &counted.seen()};
    what.headers = {{"Range", "bytes=" + std::to_string(first) + '-'}, {"If-Match", '"' + etag + '"'}};
    result<wire_response> answer = co_await exchange(what, {.sink = &counted, .only_partial = true});
    if (!answer)
        co_return answer.error();
    storage::object_info info = info_of(*answer, key, counted.seen());
    info.size = first + counted.seen();
    if (whole_size(answer->header("Content-Range"), first, info.size - 1) != info.size)
        co_return another_part(what, answer->header("Content-Range"));
    co_return info;
}

task<result<storage::object_info>> s3_store::get_part(
    std::string key, std::string etag, std::uint64_t first, std::uint64_t length, byte_sink& to)
{
    hashing_sink counted(to);
    const std::uint64_t last = first + length - 1;
    operation what{.doing = "get a part of " + key, .method = "GET", .key = key, .delivered = &counted.seen()};
    what.headers = {
        {"Range", "bytes=" + std::to_string(first) + '-' + std::to_string(last)}, {"If-Match", '"' + etag + '"'}};
    result<wire_response> answer = co_await exchange(what, {.sink = &counted, .only_partial = true});
    if (!answer)
        co_return answer.error();
    storage::object_info info = info_of(*answer, key, counted.seen());
    const auto size = whole_size(answer->header("Content-Range"), first, last);
    if (!size || counted.seen() != length)
        co_return another_part(what, answer->header("Content-Range"));
    info.size = *size;
    co_return info;
}

task<result<storage::object_info>> s3_store::head(std::string key)
{
    operation what{.doing = "head " + key, .method = "HEAD", .key = key};
    result<wire_response> answer = co_await exchange(what, {});
    if (!answer)
        co_return answer.error();
    co_return info_of(*answer, key, 0);
}

task<result<std::string>> s3_store::put(std::string key, std::string body, put_condition when)
{
    operation what{.doing = "put " + key, .method = "PUT", .key = key, .body = std::move(body)};
    set_condition(what, when);
    result<wire_response> answer = co_await exchange(what, {.max_bytes = answer_max_bytes});
    if (is_conflict(answer) && !when.etag().empty()) {
        // Ceph RGW compares If-Match with the bare ETag; elsewhere this is the same conflict again.
        what.headers = {{"If-Match", when.etag()}};
        result<wire_response> bare = co_await exchange(what, {.max_bytes = answer_max_bytes});
        if (bare || bare.error().code() == errc::unavailable)
            answer = std::move(bare);
    }
    if (is_conflict(answer) && what.may_have_applied) {
        // A put whose answer was lost is in the way of its own repetition: what is there may be ours.
        const std::string own_etag = md5_hex(what.body);
        const result<storage::object_info> there = co_await head(key);
        if (there && there->etag == own_etag)
            co_return own_etag;
    }
    if (!answer)
        co_return answer.error();
    co_return unquoted(answer->header("ETag"));
}

task<result<std::string>> s3_store::put(std::string key, byte_source& body, std::uint64_t length)
{
    if (length > largest_object)
        co_return error(errc::too_large, "put " + key + ": S3 takes objects up to 5 TiB");
    hashing_source checked(body);
    operation what{.doing = "put " + key, .method = "PUT", .key = key, .source = &checked, .source_length = length};
    result<wire_response> answer = co_await exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    std::string etag = unquoted(answer->header("ETag"));
    if (tells_md5(*answer) && checked.md5() != etag)
        co_return error(errc::failed, what.doing + ": the store has other bytes than were sent; put it again");
    co_return etag;
}

task<result<std::string>> s3_store::copy(std::string from, std::string to, std::string from_etag)
{
    operation what{.doing = "copy " + from + " to " + to, .method = "PUT", .key = to};
    what.headers.emplace_back("X-Amz-Copy-Source", '/' + sigv4::encode(to_.bucket) + '/' + sigv4::encode_path(from));
    if (!from_etag.empty())
        what.headers.emplace_back("X-Amz-Copy-Source-If-Match", '"' + from_etag + '"');
    what.body_may_hold_error = true;
    result<wire_response> answer = co_await exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    result<std::string> etag = parse_copy(answer->body);
    if (!etag)
        co_return etag.error().within(what.doing);
    co_return etag;
}

task<result<void>> s3_store::remove(std::string key)
{
    operation what{.doing = "remove " + key, .method = "DELETE", .key = key};
    result<wire_response> answer = co_await exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer && answer.error().code() != errc::not_found)
        co_return answer.error();
    co_return result<void>();
}

task<result<void>> s3_store::remove_all(std::vector<std::string> keys)
{
    // XML cannot carry every control character, and a parser may turn one into another (XML 1.0, sections 2.2 and
    // 2.11): such a key goes alone, by its path, so that no other is removed for it.
    const auto plain = std::partition(keys.begin(), keys.end(), [](const std::string& key) {
        return std::any_of(key.begin(), key.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
    });
    for (auto odd = keys.begin(); odd != plain; ++odd) {
        result<void> removed = co_await remove(*odd);
        if (!removed)
            co_return removed;
    }
    keys.erase(keys.begin(), plain);
    for (auto first = keys.begin(); first != keys.end();) {
        const auto count = std::min<std::ptrdiff_t>(delete_batch, keys.end() - first);
        std::vector<std::string> batch(first, first + count);
        result<void> removed = co_await remove_batch(std::move(batch));
        if (!removed)
            co_return removed;
        first += count;
    }
    co_return result<void>();
}

task<result<void>> s3_store::remove_batch(std::vector<std::string> keys)
{
    operation what{.doing = "remove " + std::to_string(keys.size()) + " objects", .method = "POST"};
    what.query.emplace_back("delete", "");
    what.body = delete_request(keys);
    what.headers.emplace_back("Content-MD5", md5_base64(what.body));
    what.headers.emplace_back("Content-Type", "application/xml");
    what.body_may_hold_error = true;
    result<wire_response> answer = co_await exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    result<std::vector<undeleted>> left = parse_delete(answer->body);
    if (!left)
        co_return left.error().within(what.doing);
    for (const undeleted& one : *left)
        if (one.why.code != "NoSuchKey")
            co_return error(
                errc::failed, what.doing + ": " + one.key + ": " + one.why.code + " (" + one.why.message + ')')
                .with_store_fault(one.why);
    co_return result<void>();
}

task<result<storage::list_page>> s3_store::list(storage::list_query query)
{
    operation what{.doing = "list " + query.prefix, .method = "GET"};
    what.query = {{"list-type", "2"}, {"prefix", query.prefix}, {"encoding-type", "url"},
        {"max-keys", std::to_string(query.max_keys)}};
    if (!query.delimiter.empty())
        what.query.emplace_back("delimiter", query.delimiter);
    if (!query.continuation.empty())
        what.query.emplace_back("continuation-token", query.continuation);
    else if (!query.start_after.empty())
        what.query.emplace_back("start-after", query.start_after);
    result<wire_response> answer = co_await exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    result<storage::list_page> page = parse_list(answer->body);
    if (!page)
        co_return page.error().within(what.doing);
    if (!page->continuation.empty() && page->continuation == query.continuation)
        co_return error(errc::failed, what.doing + ": the store gives the same page over and over");
    co_return page;
}

task<result<void>> s3_store::create_bucket()
{
    operation what{.doing = "create bucket " + to_.bucket, .method = "PUT"};
    result<wire_response> answer = co_await exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer && answer.error().store() != nullptr && answer.error().store()->code == "BucketAlreadyOwnedByYou")
        co_return result<void>();
    if (!answer)
        co_return answer.error();
    co_return result<void>();
}

task<result<void>> s3_store::head_bucket()
{
    operation what{.doing = "look for bucket " + to_.bucket, .method = "HEAD"};
    result<wire_response> answer = co_await exchange(what, {});
    if (!answer)
        co_return answer.error();
    co_return result<void>();
}

} // namespace fleetman::s3
