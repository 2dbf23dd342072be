#include "answers.hpp"
#include "integrity.hpp"
#include "part_upload.hpp"
#include "xml.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/log.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>

namespace fleetman::s3 {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr milliseconds patience_for_a_part = 60s;     // a copy's, which the store makes by itself
constexpr milliseconds patience_for_the_whole = 120s; // some stores put the parts together only now
constexpr milliseconds time_to_abort = 5s;

error other_bytes(const operation& what)
{
    return error(errc::failed, what.doing + ": the store has other bytes than were sent; put it again");
}

} // namespace

task<result<void>> part_upload::begin()
{
    operation what{.doing = "begin to put " + key_, .method = "POST", .key = key_};
    what.query.emplace_back("uploads", "");
    what.answer_root = "InitiateMultipartUploadResult";
    result<wire_response> answer = co_await on_.exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    result<std::string> id = parse_upload_id(answer->body);
    if (!id)
        co_return id.error().within(what.doing);
    id_ = std::move(*id);
    co_return result<void>();
}

operation part_upload::part_request(std::size_t part, const std::string& doing) const
{
    operation what{.doing = doing + " part " + std::to_string(part + 1) + " of " + key_, .method = "PUT", .key = key_};
    what.query = {{"partNumber", std::to_string(part + 1)}, {"uploadId", id_}};
    return what;
}

void part_upload::keep(std::size_t part, std::string etag)
{
    if (etags_.size() <= part)
        etags_.resize(part + 1);
    etags_[part] = std::move(etag);
}

result<void> part_upload::keep_sent(
    const operation& what, std::size_t part, const wire_response& answer, const std::string& md5)
{
    std::string etag = unquoted(answer.header("ETag"));
    if (etag.empty())
        return error(errc::failed, what.doing + ": the answer has no ETag, by which the parts are put together");
    if (tells_md5(answer) && md5 != etag)
        return other_bytes(what);
    keep(part, std::move(etag));
    return result<void>();
}

task<result<void>> part_upload::send(std::size_t part, std::string body)
{
    operation what = part_request(part, "put");
    const std::string md5 = md5_of(body);
    what.headers.emplace_back("Content-MD5", to_base64(md5));
    what.body = std::move(body);
    result<wire_response> answer = co_await on_.exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    co_return keep_sent(what, part, *answer, to_hex(md5));
}

task<result<void>> part_upload::send(std::size_t part, byte_source& body, std::uint64_t length)
{
    hashing_source checked(body);
    operation what = part_request(part, "put");
    what.source = &checked;
    what.source_length = length;
    result<wire_response> answer = co_await on_.exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    co_return keep_sent(what, part, *answer, checked.md5());
}

task<result<void>> part_upload::copy(
    std::size_t part, std::string source, std::string etag, std::uint64_t first, std::uint64_t length)
{
    operation what = part_request(part, "copy");
    what.headers = {{"X-Amz-Copy-Source", std::move(source)},
        {"X-Amz-Copy-Source-Range", "bytes=" + std::to_string(first) + '-' + std::to_string(first + length - 1)}};
    if (!etag.empty())
        what.headers.emplace_back("X-Amz-Copy-Source-If-Match", '"' + etag + '"');
    what.body_may_hold_error = true;
    what.answer_root = "CopyPartResult";
    what.patience = patience_for_a_part;
    result<wire_response> answer = co_await on_.exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    result<std::string> copied = parse_copy(answer->body, "CopyPartResult");
    if (!copied)
        co_return copied.error().within(what.doing);
    keep(part, std::move(*copied));
    co_return result<void>();
}

task<result<std::string>> part_upload::complete(std::uint64_t size)
{
    operation what{.doing = "put " + key_ + " together", .method = "POST", .key = key_};
    what.query.emplace_back("uploadId", id_);
    what.body = completion_request(etags_);
    what.headers.emplace_back("Content-Type", "application/xml");
    what.body_may_hold_error = true;
    what.answer_root = "CompleteMultipartUploadResult";
    what.patience = patience_for_the_whole;
    result<wire_response> answer = co_await on_.exchange(what, {.max_bytes = answer_max_bytes});
    // Done, when the answer to an earlier attempt was lost; else the next question finds what was there before, or
    // nothing.
    const bool gone = !answer && answer.error().code() == errc::not_found && what.may_have_applied;
    if (!answer && !gone)
        co_return answer.error();
    if (gone)
        co_return co_await ask_for_etag(size, true);
    result<std::string> etag = parse_completion(answer->body);
    if (!etag)
        co_return etag.error().within(what.doing);
    if (etag->empty())
        co_return co_await ask_for_etag(size, false);
    co_return etag;
}

task<result<std::string>> part_upload::ask_for_etag(std::uint64_t size, bool only_of_parts)
{
    operation what{.doing = "head " + key_, .method = "HEAD", .key = key_};
    result<wire_response> answer = co_await on_.exchange(what, {});
    if (!answer)
        co_return answer.error();
    const storage::object_info there = info_of(*answer, key_, 0);
    const bool of_parts = there.etag.ends_with('-' + std::to_string(etags_.size()));
    if (there.size != size || (only_of_parts && !of_parts))
        co_return error(errc::failed, "put " + key_ + ": the store has another object there; put it again");
    co_return there.etag;
}

task<void> part_upload::abort()
{
    if (id_.empty())
        co_return;
    operation what{.doing = "drop the parts of " + key_, .method = "DELETE", .key = key_};
    what.query.emplace_back("uploadId", id_);
    const result<wire_response> dropped =
        co_await with_deadline(on_.exchange(what, {.max_bytes = answer_max_bytes}), time_to_abort);
    if (!dropped && dropped.error().code() != errc::not_found)
        log::warning("s3", "parts-left", {{"key", key_}, {"reason", dropped.error().message()}});
}

task<result<std::string>> carry_out(part_upload& upload, task<result<std::uint64_t>> moving)
{
    if (result<void> begun = co_await upload.begin(); !begun)
        co_return begun.error();
    std::exception_ptr thrown;
    result<std::string> etag = error(errc::cancelled, "stopped");
    try {
        const result<std::uint64_t> size = co_await std::move(moving);
        etag = size ? co_await upload.complete(*size) : result<std::string>(size.error());
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!etag) {
        // Also for a caller that was cancelled, which must not keep us from tidying up.
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await asio::co_spawn(co_await asio::this_coro::executor, upload.abort(),
            asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
        co_await asio::this_coro::throw_if_cancelled(true);
    }
    if (thrown)
        std::rethrow_exception(thrown);
    co_return etag;
}

} // namespace fleetman::s3
