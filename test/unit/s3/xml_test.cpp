#include "../../../lib/s3/xml.hpp"

#include <fleetman/core/timestamp.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::s3;

namespace {

// As Amazon's ListObjectsV2 reference shows it, with encoding-type=url.
const std::string listing = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>fleet</Name><Prefix>p%2F</Prefix><KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><Delimiter>%2F</Delimiter>
  <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
  <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
  <Contents><Key>p/a+b%2Bc%25%C3%BC</Key><LastModified>2026-01-05T10:00:00.123Z</LastModified>
    <ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag><Size>142863</Size><StorageClass>STANDARD</StorageClass>
  </Contents>
  <Contents><Key>p/empty</Key><LastModified>2026-01-05T10:00:00Z</LastModified><ETag>"x"</ETag><Size>0</Size></Contents>
  <CommonPrefixes><Prefix>p/d%20e/</Prefix></CommonPrefixes>
</ListBucketResult>)";

} // namespace

TEST_CASE("a listing is read with its keys decoded", "[s3]")
{
    const auto page = parse_list(listing).value();
    REQUIRE(page.objects.size() == 2);
    CHECK(page.objects[0].key == "p/a b+c%\xC3\xBC");
    CHECK(page.objects[0].etag == "70ee1738b6b21e2c8a43f3a5ab0eee71");
    CHECK(page.objects[0].size == 142863);
    CHECK(rfc3339_millis(page.objects[0].last_modified) == "2026-01-05T10:00:00.123Z");
    CHECK(page.objects[1].etag == "x");
    CHECK(page.common_prefixes == std::vector<std::string>{"p/d e/"});
    CHECK(page.continuation == "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
}

TEST_CASE("a store that does not encode is believed about its keys", "[s3]")
{
    const auto page = parse_list("<ListBucketResult><Contents><Key>a%20b+c</Key><LastModified>2026-01-05T10:00:00Z"
                                 "</LastModified><Size>1</Size></Contents></ListBucketResult>")
                          .value();
    CHECK(page.objects.at(0).key == "a%20b+c");
    CHECK(page.continuation.empty());
}

TEST_CASE("a listing that is cut anywhere, or is none, is refused", "[s3]")
{
    for (std::size_t length = 0; length < listing.size(); length += 7)
        CHECK(parse_list(listing.substr(0, length)).has_error());
    CHECK(parse_list("<html>sign in</html>").has_error());
    CHECK(parse_list("<Error><Code>AccessDenied</Code></Error>").has_error());
    CHECK(parse_list("{}").has_error());
}

TEST_CASE("an entry without a key, a size or a time makes a listing unusable", "[s3]")
{
    const auto with = [](const std::string& entry) {
        return parse_list("<ListBucketResult><Contents>" + entry + "</Contents></ListBucketResult>");
    };
    const std::string key = "<Key>a</Key>";
    const std::string time = "<LastModified>2026-01-05T10:00:00Z</LastModified>";
    const std::string size = "<Size>1</Size>";
    CHECK(with(key + time + size).has_value());
    CHECK(with(time + size).has_error());
    CHECK(with(key + size).has_error());
    CHECK(with(key + time).has_error());
    CHECK(with(key + time + "<Size>-1</Size>").has_error());
    CHECK(with(key + time + "<Size>99999999999999999999</Size>").has_error());
    CHECK(with(key + "<LastModified>yesterday</LastModified>" + size).has_error());
}

TEST_CASE("a truncated listing must say where it goes on", "[s3]")
{
    CHECK(parse_list("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>").has_error());
}

TEST_CASE("an error document is told from everything else, blanks before it allowed", "[s3]")
{
    const auto fault = parse_error("  \n <?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>The key does not "
                                   "exist</Message><Resource>/x</Resource><RequestId>R1</RequestId></Error>");
    REQUIRE(fault);
    CHECK(fault->code == "NoSuchKey");
    CHECK(fault->message == "The key does not exist");
    CHECK(fault->request_id == "R1");
    CHECK_FALSE(parse_error(""));
    CHECK_FALSE(parse_error("<html/>"));
    CHECK_FALSE(parse_error("<CopyObjectResult/>"));
    CHECK_FALSE(parse_error("<Error><Code>NoSuch"));
}

TEST_CASE("an entity of the document's own making is not expanded", "[s3]")
{
    const auto fault = parse_error("<!DOCTYPE Error [<!ENTITY x SYSTEM \"file:///etc/hostname\"><!ENTITY y \"boo\">]>"
                                   "<Error><Code>&x;&y;</Code></Error>");
    if (fault)
        CHECK(fault->code == "&x;&y;");
}

TEST_CASE("a delete request carries each key as XML text", "[s3]")
{
    CHECK(delete_request({"a<b>&c", "\xC3\xBC"}) ==
          "<?xml version=\"1.0\"?><Delete "
          "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&lt;b&gt;&amp;c</Key></Object>"
          "<Object><Key>\xC3\xBC</Key></Object><Quiet>true</Quiet></Delete>");
}

TEST_CASE("a copy result without an ETag, or none at all, is refused", "[s3]")
{
    CHECK(parse_copy("<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>").value() == "e");
    CHECK(parse_copy("<CopyObjectResult/>").has_error());
    CHECK(parse_copy("").has_error());
}

TEST_CASE("an ETag loses its quotes and its weakness mark", "[s3]")
{
    CHECK(unquoted("\"e\"") == "e");
    CHECK(unquoted("W/\"e\"") == "e");
    CHECK(unquoted("e") == "e");
    CHECK(unquoted("\"") == "\"");
    CHECK(unquoted("") == "");
}
