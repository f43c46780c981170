"""The condition keys this account can give a value to, or knows to be absent from every request.

A policy that asks for any other key is an error when it comes to that, because an absent key and
one that nobody thought of look the same to a condition, and the second must not decide anything.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
and "Actions, resources, and condition keys" of each service.
"""

from functools import cache

from autolote.local.iam.model import PolicyError

GIVEN = """
aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:CurrentTime aws:EpochTime
aws:PrincipalAccount aws:PrincipalArn aws:PrincipalIsAWSService aws:PrincipalServiceName
aws:PrincipalServiceNamesList aws:PrincipalType aws:RequestedRegion aws:ResourceAccount
aws:SecureTransport aws:SourceAccount aws:SourceArn aws:SourceIp aws:SourceOwner aws:TagKeys
aws:UserAgent aws:userid aws:ViaAWSService
ec2:CreateAction ec2:Vpc ec2:Subnet ec2:AuthorizedService
elasticfilesystem:Encrypted elasticfilesystem:CreateAction
events:detail-type events:source events:TargetArn events:creatorAccount events:ManagedBy
iam:AssociatedResourceArn iam:AWSServiceName iam:PassedToService iam:PermissionsBoundary
iam:PolicyARN
kms:CallerAccount kms:GrantConstraintType kms:GrantIsForAWSResource kms:GrantOperations
kms:GranteePrincipal kms:ViaService kms:EncryptionContextKeys kms:KeySpec kms:KeyUsage
kms:KeyOrigin kms:RequestAlias kms:ResourceAliases kms:BypassPolicyLockoutSafetyCheck
lambda:FunctionArn lambda:FunctionUrlAuthType lambda:Principal lambda:Layer
lambda:SecurityGroupIds lambda:SubnetIds lambda:VpcIds lambda:SourceFunctionArn
cloudwatch:namespace cloudwatch:AlarmActions
s3:prefix s3:delimiter s3:max-keys s3:VersionId s3:TlsVersion s3:authType s3:signatureversion
s3:signatureAge s3:x-amz-acl s3:x-amz-server-side-encryption s3:x-amz-copy-source
s3:x-amz-server-side-encryption-aws-kms-key-id s3:x-amz-storage-class s3:x-amz-content-sha256
s3:x-amz-metadata-directive s3:RequestObjectTagKeys s3:ResourceAccount s3:if-none-match
s3:if-match s3:object-lock-mode s3:x-amz-grant-read s3:x-amz-grant-full-control
sagemaker:AcceleratorTypes sagemaker:AppNetworkAccess sagemaker:AppNetworkAccessType
sagemaker:DomainSharingOutputKmsKey sagemaker:HomeEfsFileSystemKmsKey sagemaker:ImageArns
sagemaker:InstanceTypes sagemaker:InterContainerTrafficEncryption sagemaker:MaxRuntimeInSeconds
sagemaker:ModelArn sagemaker:ModelApprovalStatus sagemaker:NetworkIsolation
sagemaker:OutputKmsKey sagemaker:OwnerUserProfileArn sagemaker:SpaceSharingType
sagemaker:TaggingAction sagemaker:UserProfileName sagemaker:VolumeKmsKey
sagemaker:VpcSecurityGroupIds sagemaker:VpcSubnets
sns:Endpoint sns:Protocol
ssm:Overwrite
states:HTTPEndpoint states:HTTPMethod states:StateMachineQualifier
sts:ExternalId sts:RoleSessionName sts:SourceIdentity sts:TransitiveTagKeys
"""

# No organization, no federation, no MFA, no source identity: such keys are in no request here.
ABSENT = """
aws:FederatedProvider aws:MultiFactorAuthAge aws:MultiFactorAuthPresent aws:PrincipalOrgID
aws:PrincipalOrgPaths aws:ResourceOrgID aws:ResourceOrgPaths aws:SourceIdentity aws:SourceOrgID
aws:SourceOrgPaths aws:TokenIssueTime aws:referer aws:username
"""

FAMILIES = (
    "aws:PrincipalTag/",
    "aws:RequestTag/",
    "aws:ResourceTag/",
    "ecr:ResourceTag/",
    "ec2:ResourceTag/",
    "iam:ResourceTag/",
    "kms:EncryptionContext:",
    "s3:ExistingObjectTag/",
    "s3:RequestObjectTag/",
    "sagemaker:ResourceTag/",
)
"""Keys that go on with a name."""

_KNOWN = frozenset(key.lower() for key in (GIVEN + ABSENT).split())
_FAMILIES = tuple(family.lower() for family in FAMILIES)


@cache
def canonical(key: str) -> str:
    """The key as contexts hold it; keys are not case-sensitive.

    Raises:
        PolicyError: the account does not know the key.
    """
    found = key.lower()
    if found not in _KNOWN and not found.startswith(_FAMILIES):
        raise PolicyError(
            f"the condition key {key} is not known here: give it a value where the request is "
            "mapped, and name it in autolote/local/iam/keys.py"
        )
    # https://docs.aws.amazon.com/service-authorization/latest/reference/: the older spellings
    for service in ("ecr", "ec2", "iam", "sagemaker"):
        prefix = f"{service}:resourcetag/"
        if found.startswith(prefix):
            return "aws:resourcetag/" + found.removeprefix(prefix)
    return found
