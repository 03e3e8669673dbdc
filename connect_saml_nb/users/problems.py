"""What can be wrong with a list of Connect users, and what a reader of one should know."""

from __future__ import annotations

from connect_saml_nb.errors import ProblemCode

HOW_TO_SAVE = "Make one with: aws connect list-users --instance-id ID --region REGION --output json > users.json"


class UserListProblem(ProblemCode):
    """A list that cannot be read, asked for or written."""

    # --- the file
    NOT_READ = "{path} could not be read: {reason}."
    STREAM_NOT_READ = "The user list could not be read: open it for reading in binary mode."
    EMPTY_FOLDER = "{folder} is a folder without a user list in it. " + HOW_TO_SAVE
    TOO_LARGE = "it is larger than 128 MiB, so it is no list of Connect users. " + HOW_TO_SAVE
    PACKED_DAMAGED = "its compressed content is cut off or damaged. " + HOW_TO_SAVE
    SEVERAL_INSTANCES = "{source} holds users of {count} instances ({homes}). Save one list for each instance."
    # --- what is no list
    EMPTY = "it is empty. " + HOW_TO_SAVE
    EMPTY_QUERY = "it is empty: the --query found nothing. " + HOW_TO_SAVE
    EMPTY_LIST = "it is an empty list: the --query found nothing. " + HOW_TO_SAVE
    NO_USERS = "it holds no users. " + HOW_TO_SAVE
    NO_USERNAMES = "none of its rows holds a username. " + HOW_TO_SAVE
    ZIP = "it is a zip file or an Excel workbook. Unpack it, or save the sheet as CSV."
    OFFICE = "it is an old Excel workbook. Save the sheet as CSV."
    PDF = "it is a PDF. " + HOW_TO_SAVE
    WEB_PAGE = "it is a web page. " + HOW_TO_SAVE
    XML = "it is XML, not a user list. " + HOW_TO_SAVE
    YAML = "it is the CLI's YAML output, which is not read. Use JSON. " + HOW_TO_SAVE
    TABLE = "it is the CLI's table output, which is not read. Use JSON. " + HOW_TO_SAVE
    CLI_NO_CREDENTIALS = "it holds an error of the AWS CLI: there were no credentials. " + HOW_TO_SAVE
    CLI_NO_REGION = "it holds an error of the AWS CLI: no Region was given. " + HOW_TO_SAVE
    CLI_NO_PROFILE = "it holds an error of the AWS CLI: there is no profile of that name. " + HOW_TO_SAVE
    CLI_NETWORK = "it holds an error of the AWS CLI: the network or the Region is wrong. " + HOW_TO_SAVE
    CLI_NO_SIGN_IN = "it holds an error of the AWS CLI: no sign-in. " + HOW_TO_SAVE
    CLI_USAGE = "it holds a CLI error. " + HOW_TO_SAVE
    CLI_ERROR = (
        "it holds no list but the error {code} that AWS gave to {operation}. Solve that, then save it again. "
        + HOW_TO_SAVE
    )
    NOT_TEXT = "it is not text. " + HOW_TO_SAVE
    HAR = "it is a HAR capture, not a user list. " + HOW_TO_SAVE
    INSTANCES = "it lists instances, not users. Take the ID of one. " + HOW_TO_SAVE
    ERROR_MESSAGE = "it holds an error message, not a user list. " + HOW_TO_SAVE
    OTHER_COMMAND = "it is the answer of another AWS command, not of list-users. " + HOW_TO_SAVE
    OTHER_SERVICE = "it lists the users of another AWS service, not of Amazon Connect. " + HOW_TO_SAVE
    NOT_A_LIST = "its list of users is not a list. " + HOW_TO_SAVE
    UNKNOWN_FORM = "it is not a list of Connect users in a form that is known here. " + HOW_TO_SAVE
    JSON_DAMAGED = "its JSON is cut off or damaged. " + HOW_TO_SAVE
    CSV_DAMAGED = "its CSV is damaged: a quotation mark is not closed. " + HOW_TO_SAVE
    TOO_MANY_VALUES = "it holds more values than any list of Connect users. " + HOW_TO_SAVE
    TOO_MANY_ROWS = "it holds more than {rows:,} rows. No Connect instance has that many users."
    # --- the live instance
    NOT_AN_INSTANCE_ID = (
        "That is not an instance ID. It looks like aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee and stands at the end of the "
        "instance's ARN: aws connect list-instances --region REGION"
    )
    OTHER_REGION = (
        "The instance's ARN is of {region}, but the Region given is another one. Give the ID alone, or the Region of "
        "the ARN."
    )
    FOLDER_NOT_MADE = "{path} could not be made: {reason}."


class UserListNote(ProblemCode):
    """What a reader of a list should know; the first five speak against it being whole."""

    MORE_FOLLOW = (
        "The list is incomplete: it ends at a NextToken, so the instance has more users than the {count:,} here. "
        "Save it again without --max-items, --no-paginate and --max-results."
    )
    SEARCHED = (
        "A SearchUsers answer is not taken as the whole list, because its search criteria are not in it. "
        "aws connect list-users gives the whole one."
    )
    LEFT_OUT = "Left out: {rows} without a readable username, so the list counts as incomplete."
    ONE_PAGE = (
        "The list holds exactly {count:,} users, the size of one page of a longer answer, and cannot say whether more "
        "follow, so it counts as incomplete. Save it again without --query."
    )
    ONE_USER = (
        "The list holds one user and looks like the answer to a question about one user, so it counts as incomplete. "
        "Save it again without --query."
    )
    CANNOT_SAY_WHETHER_WHOLE = (
        "A list of this form cannot say whether it is whole; it is taken as whole where nothing says otherwise."
    )
    NO_INSTANCE = "The list does not say which instance it belongs to."
    MERGED = "Merged with identical ones: {rows}."
    BAD_TIMES = "The time of the last change cannot be read in {rows}."
    WINDOWS_1252 = "The list is not valid UTF-8 and was read as Windows-1252: look at names with accents."
    TEXT_AFTER = "Text that follows the list was left out."
