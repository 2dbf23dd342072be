#include "answers.hpp"
#include "copy.hpp"
#include "download.hpp"
#include "integrity.hpp"
#include "put_parts.hpp"
#include "session.hpp"
#include "xml.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/s3/s3_store.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace fleetman::s3 {

using storage::put_condition;

namespace {

constexpr std::size_t delete_batch = 1000;      // DeleteObjects takes no more
constexpr milliseconds patience_for_a_key{200}; // of many to remove: Swift takes them one by one
constexpr std::chrono::seconds longest_presigned{7 * 24 * 3600};
constexpr std::uint64_t largest_object = std::uint64_t{5} << 40;

result<storage::object> whole_object(const operation& what, wire_response answer)
{
    if (tells_md5(answer) && md5_hex(answer.body) != unquoted(answer.header("ETag")))
        return damaged(what, "does not match its ETag");
    storage::object_info info = info_of(answer, what.key, answer.body.size());
    return storage::object{std::move(info), std::move(answer.body)};
}

bool is_conflict(const result<wire_response>& answer)
{
    return !answer && answer.error().code() == errc::conflict;
}

using headers = std::vector<std::pair<std::string, std::string>>;

headers condition_headers(const put_condition& when, bool bare)
{
    if (when.must_be_absent())
        return {{"If-None-Match", "*"}};
    if (when.etag().empty())
        return {};
    return {{"If-Match", bare ? when.etag() : '"' + when.etag() + '"'}};
}

// What may be asked for by URL: methods go into what is signed as they are.
bool can_be_presigned(const std::string& method)
{
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
}

} // namespace

s3_store::s3_store(connection to, std::shared_ptr<transport> wire, clock& time)
    : session_(std::make_unique<session>(std::move(to), std::move(wire), time))
{}

s3_store::~s3_store() = default;

task<result<storage::object>> s3_store::get(std::string key, std::uint64_t max_bytes)
{
    operation what{.doing = "get " + key, .method = "GET", .key = key};
    result<wire_response> answer = co_await session_->exchange(what, {.max_bytes = max_bytes});
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
    result<wire_response> answer = co_await session_->exchange(what, {.max_bytes = max_bytes});
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
    return download(*session_, std::move(key), to);
}

task<result<storage::object_info>> s3_store::get_rest(
    std::string key, std::string etag, std::uint64_t first, byte_sink& to)
{
    return download_part(*session_, {std::move(key), std::move(etag), first, 0}, to);
}

task<result<storage::object_info>> s3_store::get_part(
    std::string key, std::string etag, std::uint64_t first, std::uint64_t length, byte_sink& to)
{
    return download_part(*session_, {std::move(key), std::move(etag), first, length}, to);
}

task<result<storage::object_info>> s3_store::get_in_ranges(storage::object_info of, byte_sink& to)
{
    return download_in_ranges(*session_, std::move(of), to);
}

task<result<storage::object_info>> s3_store::head(std::string key)
{
    operation what{.doing = "head " + key, .method = "HEAD", .key = key};
    result<wire_response> answer = co_await session_->exchange(what, {});
    if (!answer)
        co_return answer.error();
    co_return info_of(*answer, key, 0);
}

task<result<std::string>> s3_store::put(std::string key, std::string body, put_condition when)
{
    operation what{.doing = "put " + key, .method = "PUT", .key = key, .body = std::move(body)};
    what.conditional = when.must_be_absent() || !when.etag().empty();
    const std::string md5 = md5_of(what.body);
    const headers checksum{{"Content-MD5", to_base64(md5)}};
    const std::string own_etag = to_hex(md5);
    const auto ask = [](session& on, operation& of, headers with, headers more) {
        with.insert(with.end(), more.begin(), more.end());
        of.headers = std::move(with);
        return on.exchange(of, {.max_bytes = answer_max_bytes});
    };
    result<wire_response> answer =
        co_await ask(*session_, what, checksum, condition_headers(when, session_->bare_etags));
    if (is_conflict(answer) && !when.etag().empty() && !session_->bare_etags) {
        // Ceph RGW compares If-Match with the bare ETag; elsewhere this is the same conflict again.
        result<wire_response> bare = co_await ask(*session_, what, checksum, condition_headers(when, true));
        session_->bare_etags = bare.has_value();
        if (bare || bare.error().code() == errc::unavailable)
            answer = std::move(bare);
    }
    if (is_conflict(answer) && what.may_have_applied) {
        // A put whose answer was lost is in the way of its own repetition: what is there may be ours.
        const result<storage::object_info> there = co_await head(key);
        if (there && there->etag == own_etag)
            co_return own_etag;
    }
    if (!answer)
        co_return answer.error();
    if (tells_md5(*answer) && unquoted(answer->header("ETag")) != own_etag)
        co_return error(errc::failed, what.doing + ": the store has other bytes than were sent; put it again");
    co_return unquoted(answer->header("ETag"));
}

task<result<std::string>> s3_store::put(std::string key, byte_source& body, std::uint64_t length)
{
    if (length > largest_object)
        co_return error(errc::too_large, "put " + key + ": S3 takes objects up to 5 TiB");
    if (length > session_->settings().put_whole_up_to)
        co_return co_await put_in_parts(*session_, std::move(key), body, length);
    hashing_source checked(body);
    operation what{.doing = "put " + key, .method = "PUT", .key = key, .source = &checked, .source_length = length};
    result<wire_response> answer = co_await session_->exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    std::string etag = unquoted(answer->header("ETag"));
    if (tells_md5(*answer) && checked.md5() != etag)
        co_return error(errc::failed, what.doing + ": the store has other bytes than were sent; put it again");
    co_return etag;
}

task<result<std::string>> s3_store::put_stream(std::string key, byte_source& body)
{
    return put_to_the_end(*session_, key, body,
        [this, key](std::string whole) { return put(key, std::move(whole), put_condition::always()); });
}

task<result<std::string>> s3_store::copy(std::string from, std::string to, std::string from_etag)
{
    return copy_from(session_->settings().bucket, std::move(from), std::move(to), std::move(from_etag));
}

task<result<std::string>> s3_store::copy_from(
    std::string bucket, std::string from, std::string to, std::string from_etag)
{
    return copy_object(*session_, {std::move(bucket), std::move(from), std::move(to), std::move(from_etag)});
}

task<result<std::string>> s3_store::copy_in_parts(
    std::string bucket, std::string from, std::string to, std::string from_etag)
{
    return copy_by_parts(*session_, {std::move(bucket), std::move(from), std::move(to), std::move(from_etag)});
}

task<result<std::string>> s3_store::presigned_url(std::string method, std::string key, std::chrono::seconds lifetime)
{
    if (!can_be_presigned(method) || key.empty())
        co_return error(errc::invalid, "no URL for " + in_quotes(method) + " of " + in_quotes(key));
    if (lifetime <= std::chrono::seconds(0) || lifetime > longest_presigned)
        co_return error(errc::invalid,
            "a URL holds for a second to a week, not for " + std::to_string(lifetime.count()) + " seconds");
    co_return co_await session_->presign(std::move(method), std::move(key), lifetime);
}

task<result<void>> s3_store::remove(std::string key)
{
    operation what{.doing = "remove " + key, .method = "DELETE", .key = key};
    result<wire_response> answer = co_await session_->exchange(what, {.max_bytes = answer_max_bytes});
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
    what.answer_root = "DeleteResult";
    what.patience = patience_for_a_key * static_cast<std::int64_t>(keys.size());
    result<wire_response> answer = co_await session_->exchange(what, {.max_bytes = answer_max_bytes});
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
    what.answer_root = "ListBucketResult";
    what.query = {{"list-type", "2"}, {"prefix", query.prefix}, {"encoding-type", "url"},
        {"max-keys", std::to_string(query.max_keys)}};
    if (!query.delimiter.empty())
        what.query.emplace_back("delimiter", query.delimiter);
    if (!query.continuation.empty())
        what.query.emplace_back("continuation-token", query.continuation);
    else if (!query.start_after.empty())
        what.query.emplace_back("start-after", query.start_after);
    result<wire_response> answer = co_await session_->exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    result<storage::list_page> page = parse_list(answer->body);
    if (!page)
        co_return page.error().within(what.doing);
    if (!page->continuation.empty() && page->continuation == query.continuation)
        co_return error(errc::failed, what.doing + ": the store gives the same page over and over");
    co_return page;
}

task<result<storage::conditions>> s3_store::conditions(std::string scratch)
{
    const result<semaphore::permit> alone = co_await session_->probing().acquire();
    if (!alone)
        co_return alone.error();
    if (conditions_)
        co_return *conditions_;
    const result<storage::conditions> found = co_await storage::probe_conditions(*this, std::move(scratch));
    if (found)
        conditions_ = *found;
    co_return found;
}

task<result<void>> s3_store::create_bucket()
{
    const connection& to = session_->settings();
    operation what{.doing = "create bucket " + to.bucket, .method = "PUT"};
    // Amazon wants to be told the region that it is asked in; other stores have regions of their own making.
    if (to.endpoint.at.host.ends_with(".amazonaws.com") && to.region != "us-east-1")
        what.body = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                    "<LocationConstraint>" +
                    to.region + "</LocationConstraint></CreateBucketConfiguration>";
    result<wire_response> answer = co_await session_->exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer && answer.error().store() != nullptr && answer.error().store()->code == "BucketAlreadyOwnedByYou")
        co_return result<void>();
    if (!answer)
        co_return answer.error();
    co_return result<void>();
}

task<result<void>> s3_store::head_bucket()
{
    operation what{.doing = "look for bucket " + session_->settings().bucket, .method = "HEAD"};
    result<wire_response> answer = co_await session_->exchange(what, {});
    if (!answer)
        co_return answer.error();
    co_return result<void>();
}

} // namespace fleetman::s3
