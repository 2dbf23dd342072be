#include "answers.hpp"
#include "download.hpp"
#include "integrity.hpp"
#include "xml.hpp"

#include <fleetman/core/log.hpp>
#include <fleetman/core/text.hpp>

#include <algorithm>

namespace fleetman::s3 {
namespace {

constexpr unsigned most_resumptions = 20; // however far each of them got

// A download that may take several answers.
class resumable
{
public:
    resumable(session& on, std::string key, byte_sink& to) : on_(on), key_(std::move(key)), checked_(to) {}

    task<result<storage::object_info>> run()
    {
        result<wire_response> answer = co_await begin();
        unsigned fruitless = 1;
        for (unsigned resumed = 0; !answer && can_go_on(answer.error()) && resumed < most_resumptions; ++resumed) {
            const std::uint64_t reached = checked_.seen();
            if (fruitless >= std::max(2U, on_.settings().attempts))
                break;
            co_await on_.pause_before(fruitless + 1);
            answer = co_await go_on(std::move(answer));
            fruitless = checked_.seen() > reached ? 1 : fruitless + 1;
        }
        if (!answer)
            co_return answer.error();
        co_return checked_info();
    }

private:
    task<result<wire_response>> begin()
    {
        operation what{.doing = "get " + key_, .method = "GET", .key = key_, .delivered = &checked_.seen()};
        co_return co_await on_.exchange(what, {.sink = &checked_, .head = &head_});
    }

    // Something is there, and the store has said of what.
    bool can_go_on(const error& reason) const
    {
        return reason.code() == errc::unavailable && !checked_.failed() && !another_ && checked_.seen() != 0 &&
               !etag().empty() && checked_.seen() < expected().value_or(UINT64_MAX);
    }

    task<result<wire_response>> go_on(result<wire_response> cut)
    {
        log::info("s3", "download-resumed", {{"key", key_}, {"at", checked_.seen()}});
        operation what{.doing = "get " + key_, .method = "GET", .key = key_, .delivered = &checked_.seen()};
        what.delivered_before = checked_.seen();
        const std::string same = etag();
        what.headers = {{"Range", "bytes=" + std::to_string(checked_.seen()) + '-'}, {"If-Match", '"' + same + '"'}};
        result<wire_response> rest =
            co_await on_.exchange(what, {.sink = &checked_, .part_from = what.delivered_before, .part_etag = same});
        if (!rest && rest.error().code() == errc::unsupported)
            co_return cut.error(); // the store cannot begin in the middle: what there is to say is what happened first
        if (!rest && rest.error().code() == errc::conflict) {
            another_ = true;
            co_return error(errc::unavailable, what.doing + ": it was changed while it was being read");
        }
        co_return rest;
    }

    result<storage::object_info> checked_info()
    {
        const operation what{.doing = "get " + key_};
        storage::object_info info = info_of(head_, key_, checked_.seen());
        if (checked_.seen() != info.size)
            return damaged(what, "has not the length that was announced");
        if (tells_md5(head_) && checked_.md5() != info.etag)
            return damaged(what, "does not match its ETag");
        return info;
    }

    // A weak ETag says nothing of the bytes (RFC 9110 section 8.8.1).
    std::string etag() const
    {
        const std::string told = head_.header("ETag");
        return told.starts_with("W/") ? std::string() : unquoted(told);
    }
    std::optional<std::uint64_t> expected() const
    {
        return parse_integer<std::uint64_t>(head_.header("Content-Length"));
    }

    session& on_;
    std::string key_;
    hashing_sink checked_;
    wire_response head_;
    bool another_ = false; // is there by now
};

} // namespace

task<result<storage::object_info>> download(session& on, std::string key, byte_sink& to)
{
    resumable whole(on, std::move(key), to);
    co_return co_await whole.run();
}

task<result<storage::object_info>> download_part(session& on, part_of part, byte_sink& to, wire_response* head)
{
    counting_sink counted(to);
    const std::string last = part.length == 0 ? std::string() : std::to_string(part.first + part.length - 1);
    operation what{.doing = (part.length == 0 ? "get the rest of " : "get a part of ") + part.key,
        .method = "GET",
        .key = part.key,
        .delivered = &counted.seen()};
    what.headers = {{"Range", "bytes=" + std::to_string(part.first) + '-' + last}, {"If-Match", '"' + part.etag + '"'}};
    result<wire_response> answer =
        co_await on.exchange(what, {.sink = &counted, .part_from = part.first, .part_etag = part.etag});
    if (!answer)
        co_return answer.error();
    storage::object_info info = info_of(*answer, part.key, counted.seen());
    const std::string range = answer->header("Content-Range");
    const auto size = whole_size(range, part.first, part.first + counted.seen() - 1);
    const bool all = part.length == 0 ? size == part.first + counted.seen() : counted.seen() == part.length;
    if (!size || !all)
        co_return another_part(what, range);
    info.size = *size;
    if (head != nullptr)
        *head = std::move(*answer);
    co_return info;
}

} // namespace fleetman::s3
