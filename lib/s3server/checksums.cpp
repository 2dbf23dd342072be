#include "checksums.hpp"
#include "faults.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>

#include <boost/crc.hpp>

#include <variant>

namespace fleetman::s3server {

namespace {

constexpr std::string_view header_prefix = "x-amz-checksum-";

using crc32 = boost::crc_32_type;
using crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;
using crc64nvme = boost::crc_optimal<64, 0xAD93D23594C93659, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, true, true>;

// AWS sends CRCs as their bytes in network order, in base64.
template <class Crc>
std::string network_order(const Crc& crc)
{
    auto value = crc.checksum();
    std::string bytes(sizeof value, '\0');
    for (auto at = bytes.rbegin(); at != bytes.rend(); ++at, value = static_cast<decltype(value)>(value >> 8))
        *at = static_cast<char>(value & 0xff);
    return bytes;
}

} // namespace

class claimed_checksums::computation
{
public:
    using algorithm = std::variant<crc32, crc32c, crc64nvme, hasher>;

    explicit computation(algorithm kind) : kind_(std::move(kind)) {}

    void update(std::string_view bytes)
    {
        if (auto* hash = std::get_if<hasher>(&kind_))
            hash->update(bytes);
        else if (auto* crc = std::get_if<crc32>(&kind_))
            crc->process_bytes(bytes.data(), bytes.size());
        else if (auto* castagnoli = std::get_if<crc32c>(&kind_))
            castagnoli->process_bytes(bytes.data(), bytes.size());
        else
            std::get<crc64nvme>(kind_).process_bytes(bytes.data(), bytes.size());
    }

    std::string finish()
    {
        if (auto* hash = std::get_if<hasher>(&kind_))
            return hash->finish();
        if (auto* crc = std::get_if<crc32>(&kind_))
            return network_order(*crc);
        if (auto* castagnoli = std::get_if<crc32c>(&kind_))
            return network_order(*castagnoli);
        return network_order(std::get<crc64nvme>(kind_));
    }

private:
    algorithm kind_;
};

result<claimed_checksums> claimed_checksums::of(const s3_request& asked)
{
    claimed_checksums all;
    all.content_md5_ = asked.header("content-md5");
    if (!all.content_md5_.empty() && all.content_md5_.size() != 24)
        return make_error(fault::invalid_digest);
    for (const auto& one : asked.http.fields) {
        std::string name = lower_case(one.name_string());
        const bool algorithm_or_type = name == "x-amz-checksum-algorithm" || name == "x-amz-checksum-type";
        if (!name.starts_with(header_prefix) || algorithm_or_type)
            continue;
        result<void> added = all.add(std::move(name), std::string(one.value()));
        if (!added)
            return added.error();
    }
    for (const std::string& promised : split(asked.header("x-amz-trailer"), ',')) {
        if (promised.empty())
            continue;
        result<void> added = all.add(lower_case(trimmed(promised)), {});
        if (!added)
            return added.error();
    }
    return all;
}

result<void> claimed_checksums::add(std::string header, std::string expected)
{
    const std::string_view kind = std::string_view(header).substr(std::min(header_prefix.size(), header.size()));
    std::shared_ptr<computation> computed;
    if (kind == "crc32")
        computed = std::make_shared<computation>(crc32());
    else if (kind == "crc32c")
        computed = std::make_shared<computation>(crc32c());
    else if (kind == "crc64nvme")
        computed = std::make_shared<computation>(crc64nvme());
    else if (kind == "sha1")
        computed = std::make_shared<computation>(hasher(hash::sha1));
    else if (kind != "sha256")
        return make_error(fault::not_implemented, "The checksum " + header + " is not supported");
    claims_.push_back({std::move(header), std::move(expected), std::move(computed)});
    return {};
}

void claimed_checksums::update(std::string_view bytes)
{
    for (const claim& one : claims_)
        if (one.computed)
            one.computed->update(bytes);
}

result<void> claimed_checksums::verify(const s3_request& asked, std::string_view md5, std::string_view sha256)
{
    if (!content_md5_.empty() && content_md5_ != to_base64(md5))
        return make_error(fault::bad_digest, "The Content-MD5 you specified did not match what we received");
    if (!asked.claimed_sha256.empty() && asked.claimed_sha256 != to_hex(sha256))
        return make_error(fault::content_sha256_mismatch);

    const auto trailer = asked.trailer ? asked.trailer() : std::vector<std::pair<std::string, std::string>>();
    for (claim& one : claims_) {
        for (const auto& [name, value] : trailer)
            if (name == one.header && one.expected.empty())
                one.expected = value;
        const std::string actual = to_base64(one.computed ? one.computed->finish() : std::string(sha256));
        if (one.expected != actual)
            return make_error(fault::bad_digest, "The " + one.header + " you specified did not match what we received");
    }
    return {};
}

} // namespace fleetman::s3server
