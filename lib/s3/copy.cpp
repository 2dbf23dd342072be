#include "answers.hpp"
#include "copy.hpp"
#include "part_upload.hpp"
#include "xml.hpp"

#include <fleetman/core/task_group.hpp>

#include <algorithm>
#include <array>

namespace fleetman::s3 {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds patience_for_a_copy = 180s; // of up to 5 GiB, before which some stores say nothing

std::string source_of(const copy_order& what)
{
    return '/' + sigv4::encode(what.from_bucket) + '/' + sigv4::encode_path(what.from);
}

// How stores say that a source is over the 5 GiB (or less) that one request may copy.
bool asks_for_parts(const error& refusal)
{
    static constexpr std::array<std::string_view, 3> codes{"InvalidRequest", "EntityTooLarge", "InvalidArgument"};
    if (refusal.code() == errc::too_large)
        return true;
    return refusal.store() != nullptr && std::find(codes.begin(), codes.end(), refusal.store()->code) != codes.end();
}

task<result<std::string>> copy_whole(session& on, copy_order order)
{
    operation what{.doing = order.doing(), .method = "PUT", .key = order.to};
    what.headers.emplace_back("X-Amz-Copy-Source", source_of(order));
    if (!order.from_etag.empty())
        what.headers.emplace_back("X-Amz-Copy-Source-If-Match", '"' + order.from_etag + '"');
    what.body_may_hold_error = true;
    what.answer_root = "CopyObjectResult";
    what.patience = patience_for_a_copy;
    result<wire_response> answer = co_await on.exchange(what, {.max_bytes = answer_max_bytes});
    if (!answer)
        co_return answer.error();
    result<std::string> etag = parse_copy(answer->body);
    if (!etag)
        co_return etag.error().within(what.doing);
    co_return etag;
}

// The source as it is now: pinned to the ETag wanted, if there is one.
task<result<storage::object_info>> look_at_source(session& on, const copy_order& order)
{
    operation what{.doing = order.doing(), .method = "HEAD", .key = order.from, .bucket = order.from_bucket};
    result<wire_response> answer = co_await on.exchange(what, {});
    if (!answer)
        co_return answer.error();
    storage::object_info source = info_of(*answer, order.from, 0);
    if (!order.from_etag.empty() && source.etag != order.from_etag)
        co_return error(errc::conflict, what.doing + ": changed by someone else");
    co_return source;
}

task<result<void>> copy_all_ranges(
    session& on, part_upload& upload, std::string from, std::string etag, std::uint64_t size)
{
    const std::uint64_t least = (size + part_upload::most_parts - 1) / part_upload::most_parts;
    const std::uint64_t bytes = std::max(on.settings().copy_part_bytes, least);
    co_return co_await for_each_concurrently(static_cast<std::size_t>((size + bytes - 1) / bytes),
        on.settings().parts_at_once, [&upload, &from, &etag, bytes, size](std::size_t part) {
            const std::uint64_t first = part * bytes;
            return upload.copy(part, from, etag, first, std::min(bytes, size - first));
        });
}

// Ceph ignores the condition on a copied part, and Swift has another ETag in mind when the source was put in parts. So
// the source is looked at once more in any case.
task<result<std::uint64_t>> copy_ranges(session& on, part_upload& upload, copy_order order, storage::object_info source)
{
    const std::string from = source_of(order);
    order.from_etag = source.etag;
    result<void> copied = co_await copy_all_ranges(on, upload, from, source.etag, source.size);
    if (!copied && copied.error().code() == errc::conflict) {
        if (const auto same = co_await look_at_source(on, order); !same)
            co_return same.error();
        copied = co_await copy_all_ranges(on, upload, from, std::string(), source.size);
    }
    if (!copied)
        co_return copied.error();
    const result<storage::object_info> still = co_await look_at_source(on, order);
    if (!still)
        co_return still.error();
    co_return source.size;
}

task<result<std::string>> copy_known(session& on, copy_order order, storage::object_info source)
{
    part_upload upload(on, order.to);
    co_return co_await carry_out(upload, copy_ranges(on, upload, order, std::move(source)));
}

} // namespace

task<result<std::string>> copy_object(session& on, copy_order order)
{
    result<std::string> etag = co_await copy_whole(on, order);
    if (etag || !asks_for_parts(etag.error()))
        co_return etag;
    const result<storage::object_info> source = co_await look_at_source(on, order);
    if (!source)
        co_return source.error();
    if (source->size <= on.settings().copy_part_bytes)
        co_return etag; // it was something else
    co_return co_await copy_known(on, std::move(order), *source);
}

task<result<std::string>> copy_by_parts(session& on, copy_order order)
{
    result<storage::object_info> source = co_await look_at_source(on, order);
    if (!source)
        co_return source.error();
    if (source->size == 0)
        co_return co_await copy_whole(on, std::move(order)); // of nothing there are no parts
    co_return co_await copy_known(on, std::move(order), std::move(*source));
}

} // namespace fleetman::s3
