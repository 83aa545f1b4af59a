"""Read rights of a collection: public, its owner's algorithms, or private."""


class AclInner:
    def __init__(self, pseudonym, acl_string):
        self.pseudonym = pseudonym
        self.acl_string = acl_string

    def __repr__(self):
        return "AclType(pseudonym=%s,acl_string=%s)" % (self.pseudonym, self.acl_string)


class AclType:
    public = AclInner("public", "user://*")
    my_algos = AclInner("my_algos", "algo://.my/*")
    private = AclInner("private", None)
    default = my_algos

    @staticmethod
    def from_acl_response(acl_list):
        wanted = acl_list[0] if acl_list else None
        for acl_type in (AclType.public, AclType.my_algos, AclType.private):
            if acl_type.acl_string == wanted:
                return acl_type
        raise ValueError("Invalid acl string %s" % wanted)


class Acl:
    def __init__(self, read_acl):
        self.read_acl = read_acl

    @staticmethod
    def from_acl_response(acl_response):
        if "read" not in acl_response:
            raise ValueError("Response does not contain read ACL")
        return Acl(AclType.from_acl_response(acl_response["read"]))

    def to_api_param(self):
        acl_string = self.read_acl.acl_string
        return {"read": [] if acl_string is None else [acl_string]}


class ReadAcl:
    public = Acl(AclType.public)
    private = Acl(AclType.private)
    my_algos = Acl(AclType.my_algos)
