#include "integrity.hpp"
#include "xml.hpp"

namespace fleetman::s3 {

std::string md5_of(std::string_view body)
{
    hasher md5(hash::md5);
    md5.update(body);
    return md5.finish();
}

bool tells_md5(const wire_response& answer)
{
    const std::string etag = unquoted(answer.header("ETag"));
    return etag.size() == 32 && etag.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
           answer.header("x-amz-server-side-encryption").empty() &&
           answer.header("x-amz-server-side-encryption-customer-algorithm").empty();
}

task<result<void>> hashing_sink::write(std::string_view chunk)
{
    seen_ += chunk.size();
    md5_.update(chunk);
    result<void> written = co_await to_.write(chunk);
    failed_ = !written;
    co_return written;
}

task<result<std::string>> hashing_source::read(std::size_t max)
{
    result<std::string> piece = co_await from_.read(max);
    if (piece)
        md5_.update(*piece);
    co_return piece;
}

} // namespace fleetman::s3
