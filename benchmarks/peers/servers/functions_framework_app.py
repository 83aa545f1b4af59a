import functions_framework
from work import apply


@functions_framework.http
def answer(request):
    return {"result": apply(request.get_json())}
